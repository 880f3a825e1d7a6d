package import ServiceKit
internal import Storage

/// The flags that only the sink has; `pipeline` takes them over.
package enum SinkFlags {
    package static let store = Flag.uris(
        "store", default: "sqlite:crypto.db",
        help:
            "where the rows go: mongodb://HOST/DATABASE, mongodb+srv://..., sqlite:FILE, sqlite:///PATH or csv:DIR; each of several gets everything",
        check: { StoreLocation.problem(in: $0) })
    static let from = Flag.choice(
        "from", among: Start.allCases, default: .beginning,
        help: "where topics are begun that the store does not know; what it holds it knows itself")
    static let group = Flag.text(
        "group", value: "NAME",
        help: "consumer group of the sink; without it the store has one of its own, <prefix>-sink-<its id>")
    static let keep = Flag.duration(
        "keep", atLeastMs: 1000, orZero: true, default: "30d",
        help: "rows inserted longer ago are deleted (CSV files are not); 0 = never")
    static let batchRows = Flag.integer(
        "batch-rows", 1...100_000, default: 5000, help: "a batch is written when it has so many rows (or 8 MiB)")
    static let batchWait = Flag.duration(
        "batch-wait", atLeastMs: 1,
        help: "or when its first row is so old (default: 1s, but 200ms when it has 200 rows)")
    static let connections = Flag.integer(
        "connections", 1...16, default: 2,
        help: "members of the group that write side by side, each with a connection (MongoDB; others have one)")

    /// In the order of the help.
    package static let all: [any AnyFlag] = [store, from, group, keep, batchRows, batchWait, connections]

    /// What `--from` takes.
    enum Start: String, CaseIterable {
        case beginning, latest
    }
}
