internal import CryptoCore
internal import Glibc

/// What `--console` and `--minutes` want to know of the committed records.
struct Console {
    private let isPrinting: Bool
    private let wantedMinutes: Int?
    private var table = MinuteTable()
    /// Ends of minutes with a final window, whose last ones may still miss other series' windows.
    private var finalMinutes: Set<Int64> = []
    private var pendingMinutes: Set<Int64> = []
    /// Whether `--minutes` are final.
    private(set) var isDone = false

    init(_ configuration: ProcessorConfiguration) {
        isPrinting = configuration.printsMinutes
        wantedMinutes = configuration.minutes
    }

    /// Looks at records that the next commit will hold.
    mutating func add(_ batch: OutputBatch) {
        guard isPrinting || wantedMinutes != nil else { return }
        if isPrinting { table.add(batch) }
        guard wantedMinutes != nil else { return }
        for record in batch.records where record.topic == .tumbling {
            let bytes = batch.valueBytes.span.bytes.extracting(record.value)
            if let window = try? WindowAggregate(decoding: bytes) { pendingMinutes.insert(window.windowEnd) }
        }
    }

    /// What was added is committed.
    mutating func committed(_ windows: [PartitionWindows?]) {
        show()
        guard let wantedMinutes else { return }
        finalMinutes.formUnion(pendingMinutes)
        pendingMinutes.removeAll(keepingCapacity: true)
        // A minute counts when no series still holds ticks of it.
        let done = finalMinutes.filter { end in
            !windows.contains { $0?.hasOpenMinute(endingAtOrBefore: end) ?? false }
        }
        isDone = done.count >= wantedMinutes
    }

    /// What was added will never be committed.
    mutating func aborted() {
        table = MinuteTable()
        pendingMinutes.removeAll()
    }

    /// Prints what is committed and not printed yet.
    mutating func show() {
        guard isPrinting else { return }
        let text = table.render()
        if text.isEmpty { return }
        print(text, terminator: "")
        fflush(nil)  // into a pipe it would wait for a full buffer
    }
}
