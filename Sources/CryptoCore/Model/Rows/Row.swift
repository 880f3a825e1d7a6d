/// What was known of one series at one time: the features of a preset and what its rules say.
package struct Row: Sendable {
    private(set) var storage = InlineArray<16, Float>(repeating: 0)
    private(set) var ruleStorage = InlineArray<3, Int8>(repeating: 0)
    package private(set) var featureCount = 0
    package private(set) var ruleCount = 0
    /// When the features were known, ms since the epoch: the time of the tick, or the end of the minute.
    package var time: Int64

    package init(time: Int64) { self.time = time }

    /// The feature in that column of the preset; NaN where unknown.
    package func feature(_ column: Int) -> Float { storage[column] }

    /// What that rule of the preset says: -1, 0 or +1.
    package func rule(_ number: Int) -> Int8 { ruleStorage[number] }

    /// Calls `body` with all features, in the order of the preset's columns.
    package func withFeatures<Result>(_ body: (Span<Float>) -> Result) -> Result {
        body(storage.span.extracting(0..<featureCount))
    }

    /// Appends a feature, rounded to the nearest float; beyond what a float holds it becomes the largest one.
    mutating func append(_ value: Double) {
        let largest = Double(Float.greatestFiniteMagnitude)
        storage[featureCount] = Float(value.isNaN ? value : min(max(value, -largest), largest))
        featureCount += 1
    }

    /// Appends what the next rule says: the sign of `value`; 0 where it is NaN.
    mutating func append(ruleSign value: Double) {
        ruleStorage[ruleCount] = value > 0 ? 1 : value < 0 ? -1 : 0
        ruleCount += 1
    }
}

extension Row {
    /// Appends the row, whose preset the reader has to know.
    func encode(into writer: inout ChangelogWriter) {
        writer.put(time)
        for i in 0..<featureCount { writer.put(UInt64(storage[i].bitPattern)) }
        for i in 0..<ruleCount { writer.put(Int64(ruleStorage[i])) }
    }

    init(of preset: Preset, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        self.init(time: try reader.time())
        for _ in preset.features {
            storage[featureCount] = Float(bitPattern: UInt32(truncatingIfNeeded: try reader.word()))
            featureCount += 1
        }
        for _ in preset.rules { append(ruleSign: Double(try reader.integer())) }
    }

    /// What `encode` of an optional row wrote.
    static func restored(of preset: Preset, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) -> Row? {
        try reader.integer() == 0 ? nil : try Row(of: preset, &reader)
    }
}

extension Row? {
    func encode(into writer: inout ChangelogWriter) {
        writer.put(self == nil ? 0 : 1)
        self?.encode(into: &writer)
    }
}

/// What became of a row.
package struct RowOutcome: BitwiseCopyable, Equatable, Sendable {
    /// 0 or 1, as the preset says.
    package var target: UInt8
    /// The target looks at nothing from this time on, ms since the epoch.
    package var until: Int64
    /// Whether the tick that decided has the millisecond of the row.
    package var isSameMillisecond = false
    /// Whether that tick is a further fill of the row's order: its millisecond and its side.
    package var isSameOrder = false
}

/// Takes the rows of one series as they come about. Of one series at most one row is open at a time: the life of a row is
/// `opened`, and then `decided` or `dropped`.
package protocol RowSink {
    /// The features are known, the target is not: this is what a prediction is made for.
    mutating func opened(_ row: Row)
    /// The target is known.
    mutating func decided(_ row: Row, _ outcome: RowOutcome)
    /// There will be no target: what would have decided it did not come, or came out between up and down.
    mutating func dropped(_ row: Row)
}

extension RowSink {
    package mutating func opened(_ row: Row) {}
    package mutating func dropped(_ row: Row) {}
}
