/// Changelog records to be written: binary keys and values in one reused buffer.
public struct StateBatch: Sendable {
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

    mutating func put(_ key: StateKey, _ fill: (inout StateWriter) -> Void) {
        let keyRange = append(key)
        var writer = StateWriter(bytes: bytes)
        bytes = []
        fill(&writer)
        bytes = writer.bytes
        records.append(Record(key: keyRange, value: keyRange.upperBound..<bytes.count))
    }

    mutating func delete(_ key: StateKey) {
        records.append(Record(key: append(key), value: nil))
    }

    private mutating func append(_ key: StateKey) -> Range<Int> {
        let start = bytes.count
        key.encode(into: &bytes)
        return start..<bytes.count
    }
}

/// What a changelog record is about: its Kafka key.
enum StateKey: Equatable {
    /// The partition itself: where it stands, and the rules its windows were made by.
    case position
    /// A series but for its slices and ids.
    case head(Series)
    /// One slice, named by its start.
    case slice(Series, Int64)
    /// Some remembered ids.
    case ids(Series, UInt64)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .position: bytes.append(UInt8(ascii: "p"))
        case .head(let series): StateKey.put("h", series, nil, into: &bytes)
        case .slice(let series, let start): StateKey.put("s", series, UInt64(bitPattern: start), into: &bytes)
        case .ids(let series, let number): StateKey.put("i", series, number, into: &bytes)
        }
    }

    /// Nil when `bytes` are no key of this version.
    init?(decoding bytes: [UInt8]) {
        guard let tag = bytes.first else { return nil }
        let isNumbered = tag == UInt8(ascii: "s") || tag == UInt8(ascii: "i")
        let nameEnd = bytes.count - (isNumbered ? 8 : 0)
        if tag == UInt8(ascii: "p"), bytes.count == 1 {
            self = .position
            return
        }
        guard nameEnd > 1, let text = String(validating: bytes[1..<nameEnd], as: UTF8.self), let series = Series(text)
        else { return nil }
        let number = isNumbered ? bytes.span.bytes.word(nameEnd) : 0
        switch tag {
        case UInt8(ascii: "h"): self = .head(series)
        case UInt8(ascii: "s"): self = .slice(series, Int64(bitPattern: number))
        case UInt8(ascii: "i"): self = .ids(series, number)
        default: return nil
        }
    }

    private static func put(_ tag: Unicode.Scalar, _ series: Series, _ number: UInt64?, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: tag))
        bytes.append(contentsOf: series.source.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: series.symbol.utf8)
        if let number { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    }
}
