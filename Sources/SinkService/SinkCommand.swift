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
            "sink --store sqlite:crypto.db --store mongodb://localhost:27017/crypto",
        ],
        validate: { settings in
            let stores = settings.list("store")
            var problems: [String] = []
            if stores.count > 1, settings.has("group") {
                problems.append("--group: each store needs a group of its own: leave it out, or name one store")
            }
            if Set(stores).count < stores.count { problems.append("--store: the same store is named twice") }
            return problems
        })

    /// The flags that only the sink has; `pipeline` takes them over.
    package static let ownFlags: [Flag] = [
        Flag(
            "store", .uris, default: "sqlite:crypto.db",
            help:
                "where the rows go: mongodb://HOST/DATABASE, mongodb+srv://..., sqlite:FILE, sqlite:///PATH or csv:DIR; each of several gets everything",
            check: { StoreLocation.problem(in: $0) }),
        Flag(
            "from", .choice(["beginning", "latest"], several: false), default: "beginning",
            help: "where topics are begun that the store does not know; what it holds it knows itself"),
        Flag(
            "group", .text, value: "NAME",
            help: "consumer group of the sink; without it the store has one of its own, <prefix>-sink-<its id>"),
        Flag(
            "keep", .duration(minimumMs: 1000, allowsZero: true), default: "30d",
            help: "rows inserted longer ago are deleted (CSV files are not); 0 = never"),
        Flag(
            "batch-rows", .integer(1...100_000), default: "5000",
            help: "a batch is written when it has so many rows (or 8 MiB)"),
        Flag(
            "batch-wait", .duration(minimumMs: 1, allowsZero: false),
            help: "or when its first row is so old (default: 1s, but 200ms when it has 200 rows)"),
        Flag(
            "connections", .integer(1...16), default: "2",
            help: "members of the group that write side by side, each with a connection (MongoDB; others have one)"),
    ]
}
