/// `crypto.alerts` (`alert/1`): a rule began to fire for one series, or ceased to.
public struct Alert: Equatable, Sendable {
    /// What a rule came to be.
    public enum State: UInt8, Sendable, Choice {
        case firing, resolved

        public var description: String { self == .firing ? "firing" : "resolved" }
        package static var wanted: StaticText { "firing or resolved" }
    }

    /// The rule's name.
    public var rule = ""
    public var state = State.firing
    public var series = Series(source: "", symbol: "")
    /// The event time of the record that decided; the clock's, where the rule looks at the clock. *Units*: ms since the epoch.
    public var asOf: Int64 = 0
    /// Since when the rule's condition held, in the same time. *Units*: ms since the epoch.
    public var since: Int64 = 0
    /// What stands left of the rule's first comparison; nil where there is none, or it is unknown.
    public var value: Double?
    /// The rule's label of this name; nil where it has none.
    public var severity: String?
    /// The rule's annotation of this name, filled in; nil where it has none.
    public var summary: String?
    /// The rule's labels.
    public var labels: [String: String] = [:]
    /// The rule's other annotations, filled in; nil where it has none.
    public var annotations: [String: String]?
    /// 16 hexadecimal digits of rule, series and labels: the same for all changes of one alert.
    public var fingerprint = ""

    package init() {}
}

extension Alert: SeriesRecord {
    package static let schema = "alert/1"
    package static let about: StaticString =
        """
        A rule began to fire for one series, or ceased to. Also true, but not for a schema to say: since <= as_of, and changes \
        of one fingerprint are firing and resolved in turn.
        """
    package static let timeField: StaticString? = "as_of"

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.field("rule", &rule, .text, "The rule's name.")
        visitor.field("state", &state)
        visitor.series(&series)
        visitor.field("as_of", &asOf, .bound, "The event time of the record that decided.")
        visitor.field("since", &since, .bound, "Since when the rule's condition held.")
        visitor.field(
            "value", &value, .finite,
            "What stands left of the rule's first comparison; null where there is none, or it is unknown.")
        visitor.optional("severity", &severity, .text, "The rule's label of this name.")
        visitor.optional("summary", &summary, "The rule's annotation of this name, filled in.")
        visitor.field("labels", &labels, "The rule's labels.")
        visitor.optional("annotations", &annotations, "The rule's other annotations, filled in.")
        visitor.field(
            "fingerprint", &fingerprint, Alert.hash,
            "Of rule, series and labels: the same for all changes of one alert.")
    }

    package func check() throws(DecodeError) {
        try series.check()
        if since > asOf { throw DecodeError(.badField("since", "at most as_of"), at: 0) }
        guard Alert.fingerprint(of: fingerprint) != nil else {
            throw DecodeError(.badField("fingerprint", "16 hexadecimal digits"), at: 0)
        }
    }

    /// A fingerprint as its 16 digits.
    package static func text(fingerprint: UInt64) -> String {
        let digits = String(fingerprint, radix: 16)
        return String(repeating: "0", count: 16 - digits.utf8.count) + digits
    }

    /// The fingerprint that 16 lower-case digits say; nil for other text.
    package static func fingerprint(of text: String) -> UInt64? {
        guard let number = UInt64(text, radix: 16), self.text(fingerprint: number) == text else { return nil }
        return number
    }

    private static var hash: Form { Form(#"{"type": "string", "pattern": "^[0-9a-f]{16}$"}"#) }

    package static let table = Table(
        "alerts", fields, time: "as_of", id: ["fingerprint", "state", "as_of"], rewriting: .never)
}

extension Topic {
    public static let alerts = Topic(
        "alerts", Alert.self, keep: .days(30), from: ["alerter"],
        "Each time that a rule began to fire for a series, or ceased to.")
}

extension Topic {
    /// The alerter's changelog.
    public static let alerterState = Topic(
        "alerter.state", nil, keep: .changelog, from: ["alerter"], to: ["alerter"],
        "The alerter's changelog. Its own affair; nobody else reads it.")
}
