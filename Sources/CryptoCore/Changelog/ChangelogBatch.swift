/// Changelog records to be written: binary keys and values in one reused buffer.
public struct ChangelogBatch: Sendable {
    /// One record; without a value it deletes its key.
    public struct Record: Sendable {
        public let key: Range<Int>
        public let value: Range<Int>?
    }

    public private(set) var records: [Record] = []
    public private(set) var bytes: [UInt8] = []

    public init() {}

    public var isEmpty: Bool { records.isEmpty }

    /// Forgets the records, keeps the memory.
    public mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Adds a record whose value `fill` writes.
    public mutating func put(_ key: some ChangelogKey, _ fill: (inout ChangelogWriter) -> Void) {
        let keyRange = append(key)
        var writer = ChangelogWriter(bytes: bytes)
        bytes = []
        fill(&writer)
        bytes = writer.bytes
        records.append(Record(key: keyRange, value: keyRange.upperBound..<bytes.count))
    }

    /// Adds a record that deletes `key`.
    public mutating func delete(_ key: some ChangelogKey) {
        records.append(Record(key: append(key), value: nil))
    }

    private mutating func append(_ key: some ChangelogKey) -> Range<Int> {
        let start = bytes.count
        key.encode(into: &bytes)
        return start..<bytes.count
    }
}

/// What a changelog record is about: its Kafka key, by which the broker compacts.
public protocol ChangelogKey {
    /// Appends the key's bytes.
    func encode(into bytes: inout [UInt8])
}
