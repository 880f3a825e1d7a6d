/// Records to be written, all in two reused buffers: keys and values of many topics, in the order in which they came.
public struct OutputBatch: Sendable {
    /// One record: where its key and value lie.
    public struct Record: Sendable {
        /// Topics live for ever.
        public unowned(unsafe) let topic: Topic
        public let key: Range<Int>
        public let value: Range<Int>
        /// Which element of `deadLetters` it is, for records of that topic.
        public let deadLetter: Int?
        /// The original had no key or no value at all.
        public let hasKey: Bool
        public let hasValue: Bool
    }

    public private(set) var records: [Record] = []
    public private(set) var keys: [UInt8] = []
    public private(set) var deadLetters: [DeadLetter] = []
    private var values: JSONWriter

    public init(reservingBytes capacity: Int = 1 << 20) {
        values = JSONWriter(reservingBytes: capacity)
        keys.reserveCapacity(capacity / 8)
    }

    public var isEmpty: Bool { records.isEmpty }
    /// All values, one behind the other.
    public var valueBytes: [UInt8] { values.bytes }

    /// Forgets the records, keeps the memory.
    public mutating func removeAll() {
        records.removeAll(keepingCapacity: true)
        keys.removeAll(keepingCapacity: true)
        deadLetters.removeAll(keepingCapacity: true)
        values.removeAll()
    }

    /// A record of a series whose JSON object `encode` writes.
    public mutating func append(_ topic: Topic, _ series: Series, _ encode: (inout JSONWriter) -> Void) {
        let start = begin()
        encode(&values)
        let keyStart = keys.count
        series.appendKey(to: &keys)
        finish(topic, keyFrom: keyStart, valueFrom: start)
    }

    /// The same with the series' Kafka key as bytes.
    package mutating func append(_ topic: Topic, key: [UInt8], _ encode: (inout JSONWriter) -> Void) {
        let start = begin()
        encode(&values)
        let keyStart = keys.count
        keys.append(contentsOf: key)
        finish(topic, keyFrom: keyStart, valueFrom: start)
    }

    /// Adds a record that is described by its fields.
    package mutating func append(_ topic: Topic, _ record: some FieldRecord) {
        let start = begin()
        record.encode(into: &values)
        let keyStart = keys.count
        record.appendKey(to: &keys)
        finish(topic, keyFrom: keyStart, valueFrom: start)
    }

    public mutating func append(_ late: LateTick) {
        let start = begin()
        late.encode(into: &values)
        let keyStart = keys.count
        late.tick.series.appendKey(to: &keys)
        finish(.late, keyFrom: keyStart, valueFrom: start)
    }

    /// A dead letter: key and value untouched, absent ones stay absent.
    public mutating func append(_ letter: DeadLetter, key: RawSpan?, value: RawSpan?) {
        let keyStart = keys.count
        if let key { key.withUnsafeBytes { keys.append(contentsOf: $0) } }
        let start = begin()
        if let value { value.withUnsafeBytes { values.raw($0) } }
        deadLetters.append(letter)
        records.append(
            Record(
                topic: .deadLetter, key: keyStart..<keys.count, value: start..<values.bytes.count,
                deadLetter: deadLetters.count - 1, hasKey: key != nil, hasValue: value != nil))
    }

    private mutating func begin() -> Int {
        values.beginDocument()
        return values.bytes.count
    }

    private mutating func finish(_ topic: Topic, keyFrom keyStart: Int, valueFrom start: Int) {
        records.append(
            Record(
                topic: topic, key: keyStart..<keys.count, value: start..<values.bytes.count, deadLetter: nil,
                hasKey: true, hasValue: true))
    }
}
