/// `crypto.silences` (`silence/1`): nobody is to be told of certain alerts for a while.
public struct Silence: Equatable, Sendable {
    /// What names it: a later record of the same id replaces it, and one without a value takes it away.
    public var id = ""
    /// Which alerts, by their labels: `LabelMatchers`.
    public var matchers = ""
    /// *Units*: ms since the epoch, of the clock.
    public var from: Int64 = 0
    /// When it is over. *Units*: ms since the epoch, of the clock.
    public var until: Int64 = 0
    /// Who wanted it.
    public var by = ""

    package init() {}

    public init(id: String, matchers: String, from: Int64, until: Int64, by: String) {
        self.id = id
        self.matchers = matchers
        self.from = from
        self.until = until
        self.by = by
    }
}

extension Silence: FieldRecord {
    package static let schema = "silence/1"
    package static let about: StaticString =
        """
        Nobody is to be told of certain alerts for a while. Its key is its id: a later record of the same id replaces it, and a \
        record without a value takes it away. Also true, but not for a schema to say: from < until, and matchers are ones that \
        Alertmanager reads.
        """
    package static let timeField: StaticString? = nil

    package func appendKey(to bytes: inout [UInt8]) { bytes.append(contentsOf: id.utf8) }

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.field("id", &id, .text, "What names it.")
        visitor.field(
            "matchers", &matchers, .text,
            "Which alerts, by their labels, as Alertmanager writes it: alertname, source, symbol and the rule's own.")
        visitor.field("from", &from, .time, "When it begins, by the clock.")
        visitor.field("until", &until, .time, "When it is over, by the clock.")
        visitor.field("by", &by, .text, "Who wanted it.")
    }

    package func check() throws(DecodeError) {
        if from >= until { throw DecodeError(.badField("until", "greater than from"), at: 0) }
        do { _ = try LabelMatchers(matchers) } catch {
            throw DecodeError(.badField("matchers", "label matchers, such as symbol=\"BTC-USDT\""), at: 0)
        }
    }
}

extension Topic {
    public static let silences = Topic(
        "silences", Silence.self, keep: .newest, from: ["alerter"], to: ["alerter"],
        "Which alerts nobody is to be told of, and until when.")
}
