package import ServiceKit
internal import Storage

/// The command line of the sink.
package enum SinkCommand {
    /// What `sink --help` describes.
    package static let spec = CommandSpec(
        name: "sink",
        summary: "Writes every topic into MongoDB, SQLite or CSV files, each record once.",
        flags: ownFlags + [
            Flag(
                "instance", .text, value: "NAME",
                help: "be a static member of the group that keeps its place over a restart")
        ] + CommonFlags.all(httpPort: 9103),
        examples: [
            "sink",
            "sink --store mongodb://localhost:27017/crypto --keep 90d",
            "sink --store 'mongodb+srv://user:password@cluster.example.net/crypto' --connections 4",
            "sink --store sqlite:///var/lib/crypto/crypto.db --keep 0",
            "sink --store csv:records --batch-wait 5s",
        ])

    /// The flags that only the sink has; `pipeline` takes them over.
    package static let ownFlags: [Flag] = [
        Flag(
            "store", .text, value: "URI", default: "sqlite:crypto.db",
            help:
                "where the rows go: mongodb://HOST/DATABASE, mongodb+srv://..., sqlite:FILE, sqlite:///PATH or csv:DIR",
            check: { StoreLocation.problem(in: $0) }),
        Flag(
            "keep", .duration(minimumMs: 1000, allowsZero: true), default: "30d",
            help: "rows inserted longer ago are deleted (CSV files are not); 0 = never"),
        Flag(
            "batch-rows", .integer(1...100_000), default: "5000",
            help: "a batch is written when it has so many rows (or 8 MiB)"),
        Flag(
            "batch-wait", .duration(minimumMs: 1, allowsZero: false), default: "1s",
            help: "or when its first row is so old; from 200 rows on after 200ms"),
        Flag(
            "connections", .integer(1...16), default: "2",
            help: "members of the group that write side by side, each with a connection (MongoDB; others have one)"),
    ]
}
