/// The records that rules look at, by the names that expressions have for them.
package enum RecordKind: UInt8, CaseIterable, BitwiseCopyable, Sendable, CustomStringConvertible {
    /// The final tumbling minute.
    case window
    case sliding
    /// The open minute.
    case live
    case trend, indicators, prediction, score
    /// A trade or a quote. Gaps are none, nor are trades away from the book.
    case tick

    /// As expressions name it.
    package var description: String {
        switch self {
        case .window: "window"
        case .sliding: "sliding"
        case .live: "live"
        case .trend: "trend"
        case .indicators: "indicators"
        case .prediction: "prediction"
        case .score: "score"
        case .tick: "tick"
        }
    }

    package init?(_ name: String) {
        guard let kind = RecordKind.allCases.first(where: { $0.description == name }) else { return nil }
        self = kind
    }

    /// The kind of the records of a topic; nil where rules do not look at them.
    package init?(of topic: Topic) {
        guard let kind = RecordKind.allCases.first(where: { $0.topic == topic }) else { return nil }
        self = kind
    }

    package var topic: Topic {
        switch self {
        case .window: .tumbling
        case .sliding: .sliding
        case .live: .live
        case .trend: .trends
        case .indicators: .indicators
        case .prediction: .predictions
        case .score: .scores
        case .tick: .ticks
        }
    }

    /// The topic's name behind the prefix.
    package var topicName: String { topic.rawValue }

    /// Whether records are of one model each.
    var hasModel: Bool { self == .prediction || self == .score }

    /// Records that a series is expected to write a minute, where somebody paces them; a second apart for those that nobody does.
    var usualPerMinute: Int64 {
        switch self {
        case .window, .trend, .indicators, .score: 1
        case .sliding: 6
        case .live, .tick, .prediction: 60
        }
    }

    /// Whether somebody paces its records, so that `usualPerMinute` is what to expect of a busy market, too.
    var isPaced: Bool { self != .tick && self != .prediction }

    /// The field by which its records are put in order.
    var timeField: StaticString {
        switch self {
        case .window, .sliding, .live: "window_end"
        case .trend, .indicators, .score: "as_of"
        case .prediction, .tick: "event_time"
        }
    }

    /// The fields that expressions can name, in the record's order: those that are numbers, and objects of numbers, which stand
    /// for the largest of them.
    package var fields: [StaticString] {
        RecordKind.numbers(of: topic.record?.fields ?? []).filter { !RecordKind.gapFields.contains($0.description) }
    }

    /// Of ticks that are none here.
    private static let gapFields = ["gap_from", "gap_to"]

    private static func numbers(of fields: [Field]) -> [StaticString] {
        fields.filter { field in
            switch field.type {
            case .integer, .real: true
            case .json: field.name.description == "psi"
            case .text, .bool, .bytes: false
            }
        }.map(\.name)
    }
}

/// A field of one kind of record, as an expression names it: `window.close`.
package struct RuleField: Hashable, Sendable, CustomStringConvertible {
    package let kind: RecordKind
    /// Its place in the fields of the kind.
    let index: Int

    package init?(_ kind: RecordKind, _ name: String) {
        guard let index = RuleField.names[Int(kind.rawValue)].firstIndex(of: name) else { return nil }
        self.kind = kind
        self.index = index
    }

    private init(_ kind: RecordKind, index: Int) { (self.kind, self.index) = (kind, index) }

    /// The last field of a kind, for an example.
    static func any(of kind: RecordKind) -> RuleField {
        RuleField(kind, index: names[Int(kind.rawValue)].count - 1)
    }

    package var description: String { "\(kind).\(RuleField.names[Int(kind.rawValue)][index])" }

    /// The names of all fields of each kind, in the order of the kinds' numbers.
    static let names: [[String]] = RecordKind.allCases.map { $0.fields.map(\.description) }
}
