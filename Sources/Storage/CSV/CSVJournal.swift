internal import Glibc

/// What the CSV store remembers beside its files, so that a crash leaves neither half a line nor a line twice.
///
/// Before a batch is appended, the lengths of its files are put down; where a crash left them, the files are cut back
/// to them. After it, the marks of its rows are put down: a row that comes again because its offset was not committed
/// is known by its mark. Only the last batch in which a partition had rows can come again, so only that one's marks
/// are kept.
struct CSVJournal: Equatable {
    /// File names and their lengths before the batch that is being appended.
    var pending: [String: Int64] = [:]
    /// Of each topic and partition, the marks of the rows of the last batch that held any.
    var marks: [String: Set<UInt64>] = [:]

    private static let magic = "cryptostream csv 1"
    static let fileName = ".cryptostream-sink"

    init() {}

    /// Reads what `encoded` wrote; nil when the bytes are something else.
    init?(decoding bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard lines.first == CSVJournal.magic[...], lines.last == "end" else { return nil }
        for line in lines.dropFirst().dropLast() {
            let words = line.split(separator: " ")
            guard words.count >= 2 else { return nil }
            switch words[0] {
            case "pending":
                guard words.count == 3, let length = Int64(words[1]) else { return nil }
                pending[String(words[2])] = length
            case "marks":
                let known = words.dropFirst(2).compactMap { UInt64($0, radix: 36) }
                guard known.count == words.count - 2 else { return nil }
                marks[String(words[1])] = Set(known)
            default: return nil
            }
        }
    }

    var encoded: [UInt8] {
        var text = CSVJournal.magic + "\n"
        for (name, length) in pending { text += "pending \(length) \(name)\n" }
        for (partition, known) in marks {
            text += "marks \(partition)"
            for mark in known { text += " " + String(mark, radix: 36) }
            text += "\n"
        }
        return Array((text + "end\n").utf8)
    }

    /// The journal of a folder; a new one where there is none.
    static func read(in folder: String) throws(StoreError) -> CSVJournal {
        let path = "\(folder)/\(fileName)"
        if try SystemCall.length(path) == 0 { return CSVJournal() }
        let bytes = try File(path, O_RDONLY).contents()
        guard let journal = CSVJournal(decoding: bytes) else {
            throw .fatal(
                StoreFault("read", "\(path) is damaged"), mend: "remove it: rows of the last batch may come twice")
        }
        return journal
    }

    /// Replaces the folder's journal, durably.
    func write(in folder: String) throws(StoreError) {
        let path = "\(folder)/\(CSVJournal.fileName)"
        let next = "\(path).next"
        try CSVJournal.writeFile(next, encoded)
        try SystemCall.check("rename", path) { Int(rename(next, path)) }
        try SystemCall.syncFolder(folder)
    }

    private static func writeFile(_ path: String, _ bytes: [UInt8]) throws(StoreError) {
        let file = try File(path, O_WRONLY | O_CREAT | O_TRUNC)
        try file.write(bytes)
        try file.sync()
    }
}
