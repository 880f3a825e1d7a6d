import CryptoCore
internal import Glibc

/// Rows appended to text files, one for each topic and UTC day of event time: `ticks-2025-11-21.csv`,
/// `windows.tumbling-2025-11-21.csv`.
///
/// A header line, then a line a record: a file is what its topic said, so a provisional window stays in
/// `windows.live-…` and its final comes in `windows.tumbling-…`. Dead letters go by the day on which they are
/// written. No file is ever deleted: `--keep` means nothing here. Every batch is durable before `write` returns and
/// leaves no line twice (`CSVJournal`).
package final class CSVStore: Store {
    private let folder: String
    private let lock: File
    private var journal: CSVJournal
    private var numbers = JSONWriter(reservingBytes: 64)
    private var lines: [FileKey: [UInt8]] = [:]

    private struct FileKey: Hashable {
        var topic: Topic
        var day: CalendarDate

        var name: String {
            var text = Array("\(topic.rawValue)-".utf8)
            day.write(to: &text)
            return String(decoding: text, as: UTF8.self) + ".csv"
        }
    }

    /// Opens or creates the folder, and mends what a crash left.
    /// - Throws: `.away` while another sink writes there, `.fatal` when this user may not.
    package init(folder: String) throws(StoreError) {
        self.folder = folder
        try SystemCall.makeFolder(folder)
        lock = try File("\(folder)/\(CSVJournal.fileName).lock", O_RDWR | O_CREAT)
        try lock.lock()
        journal = try CSVJournal.read(in: folder)
        try recover()
    }

    package func write(_ batch: borrowing RowBatch, now: Int64) throws(StoreError) -> WriteOutcome {
        try recover()
        var outcome = WriteOutcome()
        var marks: [String: Set<UInt64>] = [:]
        var again: Set<String> = []
        lines.removeAll(keepingCapacity: true)
        for row in 0..<batch.count {
            if batch.text.count > StoreLimits.rowBytes, batch.byteCount(row) > StoreLimits.rowBytes {
                outcome.rejected.append(RejectedRow(row: row, reason: StoreLimits.tooLarge))
                continue
            }
            let origin = batch.rows[row].origin
            let partition = "\(origin.topic.rawValue):\(origin.partition)"
            let mark = CSVStore.mark(row, of: batch)
            if !marks[partition, default: []].insert(mark).inserted { continue }
            if journal.marks[partition]?.contains(mark) == true {
                again.insert(partition)
                continue
            }
            outcome.take(batch.rows[row].table)
            CSVText.append(
                row, of: batch, numbers: &numbers,
                to: &lines[FileKey(topic: origin.topic, day: day(row, of: batch, now: now)), default: []])
        }
        // Part of the last batch came again: the rest of it may follow in the next one.
        for partition in again { marks[partition]?.formUnion(journal.marks[partition] ?? []) }
        try append(marks)
        return outcome
    }

    /// Appends `lines`, with the journal before and after.
    private func append(_ marks: [String: Set<UInt64>]) throws(StoreError) {
        if lines.isEmpty { return }
        for key in lines.keys { journal.pending[key.name] = try SystemCall.length("\(folder)/\(key.name)") }
        try journal.write(in: folder)
        for (key, text) in lines {
            let name = key.name
            let file = try File("\(folder)/\(name)", O_WRONLY | O_CREAT | O_APPEND)
            if journal.pending[name] == 0 { try file.write(CSVText.header(Table(key.topic))) }
            try file.write(text)
            try file.sync()
        }
        var next = journal
        next.pending = [:]
        next.marks.merge(marks) { _, last in last }
        // The folder's entries become durable with the journal's.
        try next.write(in: folder)
        journal = next
    }

    /// Cuts files back to what they were before a batch that was not completed.
    private func recover() throws(StoreError) {
        if journal.pending.isEmpty { return }
        for (name, length) in journal.pending where try SystemCall.length("\(folder)/\(name)") > length {
            let file = try File("\(folder)/\(name)", O_WRONLY)
            try file.truncate(to: length)
            try file.sync()
        }
        var next = journal
        next.pending = [:]
        try next.write(in: folder)
        journal = next
    }

    private func day(_ row: Int, of batch: borrowing RowBatch, now: Int64) -> CalendarDate {
        guard let column = batch.rows[row].table.timeColumn, case .integer(let time) = batch.cell(row, column) else {
            return CalendarDate(containing: now)
        }
        return CalendarDate(containing: time)
    }

    /// What a row is known by: a hash of its offset and its id, so that another cluster's record at the same
    /// offset is another row. *Source*: FNV-1a, 64 bits.
    private static func mark(_ row: Int, of batch: borrowing RowBatch) -> UInt64 {
        let entry = batch.rows[row]
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
        for shift in stride(from: 0, to: 64, by: 8) {
            add(UInt8(truncatingIfNeeded: entry.origin.offset >> Int64(shift)))
        }
        for i in entry.id.indices { add(batch.text[i]) }
        return hash
    }
}

@available(*, unavailable)
extension CSVStore: Sendable {}
