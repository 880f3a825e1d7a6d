internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import Storage

/// What the sink counts, once a batch. *Thread*: any; the members of one sink share the numbers.
struct SinkMetrics: Sendable {
    let read: Counter
    let batches: Counter
    let attemptsFailed: Counter
    let lost: Counter
    let skipped: Counter
    let replacements: Counter
    let writeSeconds: Histogram
    private let written: [Table: Counter]
    private let malformed: Counter
    private let refused: Counter

    /// - Parameter store: tells several stores apart, as the label `store`.
    init(_ context: ServiceContext, store: String?) {
        let shared: Metrics.Labels = store.map { ["store": $0] } ?? [:]
        func counter(_ what: String, _ help: String) -> Counter { context.counter(what, help, shared) }
        func counter(_ what: String, _ help: String, _ label: String, _ value: String) -> Counter {
            context.counter(what, help, store.map { [label: value, "store": $0] } ?? [label: value])
        }
        read = counter("records_read", "Records read from all topics")
        batches = counter("batches", "Batches written and committed")
        attemptsFailed = counter(
            "store_failures", "Attempts to open or write that the store did not answer with success")
        lost = counter("lost_dead_letters", "Records that neither the store nor the dead-letter topic took")
        skipped = counter("skipped_records", "Records that retention removed before they were read")
        replacements = counter(
            "store_replacements", "Times that a store was deleted, moved or dropped while it was open")
        writeSeconds = context.metrics.histogram(
            "cryptostream_sink_write_seconds", help: "Time to write a batch",
            bounds: [0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1, 3, 10],
            labels: shared)
        let names = Table.allCases.map { table in
            let help = "Rows that were new to the store or replaced another"
            return (table, counter("rows_written", help, "table", table.name.description))
        }
        written = Dictionary(uniqueKeysWithValues: names)
        let help = "Records that the store does not hold, by reason; all but malformed ticks went to the dead letters"
        malformed = counter("rejected", help, "reason", "malformed")
        refused = counter("rejected", help, "reason", "refused")
    }

    /// - Parameter counts: rows by table.
    func add(written counts: [Table: Int]) {
        for (table, count) in counts where count > 0 { written[table]?.add(count) }
    }

    func add(refused records: [RefusedRecord]) {
        let count = records.count { $0.isMalformed }
        malformed.add(count)
        refused.add(records.count - count)
    }
}
