import CryptoCore
internal import Glibc
internal import System

/// Rows appended to text files, one for each topic and UTC day of event time: `ticks-2025-11-21.csv`,
/// `windows.tumbling-2025-11-21.csv`.
///
/// A header line, then a line a record: a file is what its topic said, so a provisional window stays in
/// `windows.live-…` and its final comes in `windows.tumbling-…`. Dead letters go by the day on which they are
/// written. No file is ever deleted: `--keep` means nothing here. Every batch is durable before `write` returns and
/// leaves no line twice (`CSVJournal`).
package final class CSVStore: Store {
    private let folder: String
    private let lock: StoreFile
    private var journal: CSVJournal
    private var journalFile: FileMark?
    private var numbers = JSONWriter(reservingBytes: 64)
    private var lines: [FileKey: [UInt8]] = [:]

    private struct FileKey: Hashable {
        var topic: Topic
        var day: CivilDate

        var name: String {
            var text = Array("\(topic.rawValue)-".utf8)
            day.write(to: &text)
            return String(decoding: text, as: UTF8.self) + ".csv"
        }
    }

    /// Opens or creates the folder, and mends what a crash left.
    /// - Throws: `.away` while another sink writes there; `.fatal` when this user may not, or when there are files
    ///   without the journal that says what they hold.
    package init(folder: String) throws(StoreError) {
        self.folder = folder
        try StoreFiles.makeFolder(folder)
        lock = try StoreFile(CSVStore.lockPath(folder), O_RDWR | O_CREAT)
        try lock.lock()
        journal = try CSVJournal.read(in: folder)
        journalFile = FileMark(path: "\(folder)/\(CSVJournal.fileName)")
        if journalFile == nil, try StoreFiles.hasEntry(folder, suffix: ".csv") {
            throw .fatal(
                StoreFault("open", "\(folder) has CSV files and no \(CSVJournal.fileName), which says what they hold"),
                mend: "put it back, or name another folder, or move the files away: everything is read again")
        }
        try recover()
    }

    private static func lockPath(_ folder: String) -> String { "\(folder)/\(CSVJournal.fileName).lock" }

    // MARK: Identity

    package var identity: StoreIdentity? { journal.identity }

    /// A journal without an identity is one of 0.1.0, written with the first rows.
    package func hasRows() -> Bool { journalFile != nil }

    package func begin(_ identity: StoreIdentity, holding: [HeldPartition]) throws(StoreError) {
        if journal.identity != nil { return }
        var next = journal
        next.identity = identity
        for place in holding { next.held[CSVJournal.Place(place)] = place }
        try write(next)
    }

    package func held() -> [HeldPartition] { Array(journal.held.values) }

    package func hold(_ partitions: [HeldPartition]) throws(StoreError) {
        try whileSame { () throws(StoreError) in
            try recover()
            var next = journal
            for place in partitions { next.held[CSVJournal.Place(place)] = place }
            try write(next)
        }
    }

    package func check() throws(StoreError) {
        let isSame =
            FileMark(path: CSVStore.lockPath(folder)) == lock.mark
            && FileMark(path: "\(folder)/\(CSVJournal.fileName)") == journalFile
        if !isSame { throw .replaced("\(folder) was deleted, moved or replaced") }
    }

    /// Runs `body` where the folder is the one that was opened before it and behind it; a failure because it is not is
    /// said to be that.
    private func whileSame(_ body: () throws(StoreError) -> Void) throws(StoreError) {
        // Another folder must not get a part of this store.
        try check()
        do { try body() } catch {
            try check()
            throw error
        }
        try check()
    }

    private func write(_ next: CSVJournal) throws(StoreError) {
        journalFile = try next.write(in: folder)
        journal = next
    }

    // MARK: Rows

    package func write(
        _ batch: borrowing RowBatch, holding: [HeldPartition], now: Int64
    ) throws(StoreError) -> WriteOutcome {
        var outcome = WriteOutcome()
        try whileSame { () throws(StoreError) in
            try recover()
            outcome = try append(batch, holding, now)
        }
        return outcome
    }

    private func append(
        _ batch: borrowing RowBatch, _ holding: [HeldPartition], _ now: Int64
    ) throws(StoreError) -> WriteOutcome {
        var outcome = WriteOutcome()
        var again: Set<String> = []
        let starts = starts(of: holding)
        lines.removeAll(keepingCapacity: true)
        for row in 0..<batch.count {
            if batch.text.count > StoreLimits.rowBytes, batch.byteCount(row) > StoreLimits.rowBytes {
                outcome.rejected.append(RejectedRow(row: row, reason: StoreLimits.tooLarge))
                continue
            }
            let origin = batch.rows[row].origin
            if let start = starts[Source(origin)], origin.offset < start { continue }
            if !journal.marks.isEmpty, isMarked(row, of: batch) {
                again.insert(CSVStore.markedName(origin))
                continue
            }
            outcome.take(batch.rows[row].table)
            CSVText.append(
                row, of: batch, numbers: &numbers,
                to: &lines[FileKey(topic: origin.topic, day: day(row, of: batch, now: now)), default: []])
        }
        var next = journal
        // Never back: what came again is not all that there is.
        for place in holding where outcome.rejected.isEmpty {
            if place.next > next.held[CSVJournal.Place(place)]?.next ?? -1 {
                next.held[CSVJournal.Place(place)] = place
            }
        }
        // Part of 0.1.0's last batch came again: the rest of it may follow in the next one.
        if !next.marks.isEmpty {
            for name in Set(batch.rows.map { CSVStore.markedName($0.origin) }).subtracting(again) {
                next.marks[name] = nil
            }
        }
        try append(next)
        return outcome
    }

    private struct Source: Hashable {
        let topic: Topic
        let partition: Int32

        init(_ origin: RecordOrigin) { (topic, partition) = (origin.topic, origin.partition) }

        init?(_ held: HeldPartition, prefix: String) {
            guard let topic = Topic.allCases.first(where: { $0.name(prefix: prefix) == held.topic }) else { return nil }
            (self.topic, partition) = (topic, held.partition)
        }
    }

    /// Of the batch's partitions, the offsets before which everything is in the files.
    private func starts(of holding: [HeldPartition]) -> [Source: Int64] {
        guard let identity = journal.identity else { return [:] }
        var starts: [Source: Int64] = [:]
        for place in holding {
            guard let known = journal.held[CSVJournal.Place(place)] else { continue }
            if let source = Source(place, prefix: identity.prefix) { starts[source] = known.next }
        }
        return starts
    }

    /// Appends `lines`, with the journal before and after.
    private func append(_ next: CSVJournal) throws(StoreError) {
        if lines.isEmpty, next == journal { return }
        if !lines.isEmpty {
            var before = journal
            for key in lines.keys { before.pending[key.name] = try StoreFiles.length("\(folder)/\(key.name)") }
            try write(before)
        }
        for (key, text) in lines { try append(text, to: key) }
        // The folder's entries become durable with the journal's.
        try write(next)
    }

    private func append(_ text: [UInt8], to key: FileKey) throws(StoreError) {
        guard let table = key.topic.table else { preconditionFailure("no rows are made of \(key.topic)") }
        let path = "\(folder)/\(key.name)"
        let file = try StoreFile(path, O_WRONLY | O_CREAT | O_APPEND)
        if try file.length() == 0 { try file.write(CSVText.header(table)) }
        try file.write(text)
        try file.sync()
        // A day's file may be taken away at any time but this; the batch goes into a new one then.
        if FileMark(path: path) != file.mark {
            throw .away(StoreFault("stat", "\(path) was moved while it was written"))
        }
    }

    /// Cuts files back to what they were before a batch that was not completed.
    private func recover() throws(StoreError) {
        if journal.pending.isEmpty { return }
        for (name, length) in journal.pending where try StoreFiles.length("\(folder)/\(name)") > length {
            let file = try StoreFile("\(folder)/\(name)", O_WRONLY)
            try file.truncate(to: length)
            try file.sync()
        }
        var next = journal
        next.pending = [:]
        try write(next)
    }

    private func day(_ row: Int, of batch: borrowing RowBatch, now: Int64) -> CivilDate {
        guard let column = batch.rows[row].table.timeColumn, case .integer(let time) = batch.cell(row, column) else {
            return CivilDate(containing: now)
        }
        return CivilDate(containing: time)
    }

    private static func markedName(_ origin: RecordOrigin) -> String {
        "\(origin.topic.rawValue):\(origin.partition)"
    }

    private func isMarked(_ row: Int, of batch: borrowing RowBatch) -> Bool {
        journal.marks[CSVStore.markedName(batch.rows[row].origin)]?.contains(CSVStore.mark(row, of: batch)) == true
    }

    /// What 0.1.0 knew a row by: a hash of its offset and its id.
    private static func mark(_ row: Int, of batch: borrowing RowBatch) -> UInt64 {
        let entry = batch.rows[row]
        var hash = FNV1a()
        for shift in stride(from: 0, to: 64, by: 8) {
            hash.add(UInt8(truncatingIfNeeded: entry.origin.offset >> Int64(shift)))
        }
        hash.add(batch.text[entry.id.indices])
        return hash.value
    }
}

@available(*, unavailable)
extension CSVStore: Sendable {}
