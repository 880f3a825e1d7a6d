internal import Glibc
internal import System

/// What the CSV store remembers beside its files: who it is, what it holds, and what a crash may have left half written.
///
/// Before a batch is appended, the lengths of its files are put down; where a crash left them, the files are cut back
/// to them. After it, the next offset of each of its partitions is put down: a record before that comes again in vain.
struct CSVJournal: Equatable {
    var identity: StoreIdentity?
    /// File names and their lengths before the batch that is being appended.
    var pending: [String: Int64] = [:]
    /// What the folder holds of each partition.
    var held: [Place: HeldPartition] = [:]
    /// Of a journal of 0.1.0, which knew no offsets: by topic and partition, the marks of the last batch's rows, which
    /// may come again. They go with the first batch that repeats none.
    var marks: [String: Set<UInt64>] = [:]
    /// The version that was read.
    private(set) var version = 2

    /// A partition of a cluster.
    struct Place: Hashable {
        let cluster: String
        let topic: String
        let partition: Int32

        init(_ held: HeldPartition) { (cluster, topic, partition) = (held.cluster, held.topic, held.partition) }
    }

    private static let magic = "cryptostream csv "
    static let fileName = ".cryptostream-sink"

    init() {}

    /// Reads what `encoded` wrote, or 0.1.0's; nil when the bytes are something else.
    init?(decoding bytes: [UInt8]) {
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n")
        guard let first = lines.first, first.hasPrefix(CSVJournal.magic), lines.last == "end",
            let version = Int(first.dropFirst(CSVJournal.magic.count)), (1...2).contains(version)
        else { return nil }
        self.version = version
        for line in lines.dropFirst().dropLast() {
            if !read(line.split(separator: " ").map(String.init)) { return nil }
        }
    }

    /// Takes one line; false when it is none of ours.
    private mutating func read(_ words: [String]) -> Bool {
        switch (words.first, words.count) {
        case ("store", 3): identity = StoreIdentity(id: words[1], prefix: words[2])
        case ("pending", 3):
            guard let length = Int64(words[1]) else { return false }
            pending[words[2]] = length
        case ("held", 7):
            let numbers = words[4...].compactMap { Int64($0) }
            guard let partition = Int32(words[3]), numbers.count == 3 else { return false }
            let place = HeldPartition(
                cluster: words[1], topic: words[2], partition: partition, next: numbers[0], last: numbers[1],
                newestMs: numbers[2])
            held[Place(place)] = place
        case ("marks", 2...):
            let known = words.dropFirst(2).compactMap { UInt64($0, radix: 36) }
            guard known.count == words.count - 2 else { return false }
            marks[words[1]] = Set(known)
        default: return false
        }
        return true
    }

    var encoded: [UInt8] {
        var text = CSVJournal.magic + "2\n"
        if let identity { text += "store \(identity.id) \(identity.prefix)\n" }
        for (name, length) in pending { text += "pending \(length) \(name)\n" }
        for place in held.values {
            text += "held \(place.cluster) \(place.topic) \(place.partition) "
            text += "\(place.next) \(place.last) \(place.newestMs)\n"
        }
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
        if try StoreFiles.length(path) == 0 { return CSVJournal() }
        let bytes = try StoreFile(path, O_RDONLY).contents()
        guard let journal = CSVJournal(decoding: bytes) else {
            throw .fatal(
                StoreFault("read", "\(path) is damaged"),
                mend: "name another folder, or move all files away: everything is read again")
        }
        return journal
    }

    /// Replaces the folder's journal, durably.
    /// - Returns: the file that it is now.
    func write(in folder: String) throws(StoreError) -> FileMark? {
        let path = "\(folder)/\(CSVJournal.fileName)"
        let next = "\(path).next"
        let mark = try CSVJournal.writeFile(next, encoded)
        try StoreFiles.rename(next, to: path)
        try StoreFiles.syncFolder(folder)
        return mark
    }

    private static func writeFile(_ path: String, _ bytes: [UInt8]) throws(StoreError) -> FileMark? {
        let file = try StoreFile(path, O_WRONLY | O_CREAT | O_TRUNC)
        try file.write(bytes)
        try file.sync()
        return file.mark
    }
}
