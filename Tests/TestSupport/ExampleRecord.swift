package import CryptoCore

/// A record that only tests know, with every kind of field that a record can be described with: the file that a new topic
/// takes, as CONTRIBUTING.md says.
package struct Example: Equatable, Sendable {
    package enum State: Choice {
        case firing, resolved

        package var description: String { self == .firing ? "firing" : "resolved" }
        package static var wanted: StaticText { "firing or resolved" }
    }

    /// An object inside the record, described in the same way.
    package struct Score: FieldObject {
        package var accuracy = 0.0
        package var logLoss: Double?

        package init() {}
        package init(accuracy: Double, logLoss: Double?) { (self.accuracy, self.logLoss) = (accuracy, logLoss) }

        package mutating func visit(_ visitor: inout some FieldVisitor) {
            visitor.field("accuracy", &accuracy, .amount)
            visitor.field("log_loss", &logLoss)
        }
    }

    package var id = ""
    package var state = State.firing
    package var asOf: Int64 = 0
    package var value: Double?
    package var readings: [Double?] = []
    package var labels: [String: String] = [:]
    package var baselines: [String: Score] = [:]
    package var matchers: [Score] = []
    package var note: String?
    package var isExpired = false

    /// `expired` stands there only when it is true.
    private var expired: Bool? {
        get { isExpired ? true : nil }
        set { isExpired = newValue ?? false }
    }

    package init() {}
}

extension Example: FieldRecord, StoredRecord {
    package static let schema = "example/1"
    package static let about: StaticString = "Every kind of field."
    package static let timeField: StaticString? = "as_of"

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.field("id", &id, .text)
        visitor.field("state", &state)
        visitor.field("as_of", &asOf, .time, "When it was decided.")
        visitor.field("value", &value, .finite, "Of the left side; null where it has none.")
        visitor.field("readings", &readings)
        visitor.field("labels", &labels)
        visitor.field("baselines", &baselines)
        visitor.field("matchers", &matchers)
        visitor.optional("note", &note, .text)
        visitor.optional("expired", &expired)
    }

    package func appendKey(to bytes: inout [UInt8]) { bytes.append(contentsOf: id.utf8) }

    package static let table = Table(
        "example", fields, time: "as_of", id: ["id", "example", "as_of"], rewriting: .always)
}

extension Topic {
    package static let example = Topic(
        "example", Example.self, keep: .newest, from: ["alerter"], to: ["alerter"], "Every kind of field.")
}

extension Example {
    /// With and without everything that may be missing.
    package static let examples: [Example] = {
        var full = Example()
        full.id = "a\"1"
        full.asOf = 1_763_719_200_000
        full.value = 100
        full.readings = [1, nil, 0.5]
        full.labels = ["venue": "bybit", "é": "\\"]
        full.baselines = ["last": Score(accuracy: 0.5, logLoss: nil), "mean": Score(accuracy: 1, logLoss: 0.25)]
        full.matchers = [Score(accuracy: 0, logLoss: -0.0)]
        full.note = "n"
        full.isExpired = true
        var bare = Example()
        bare.id = "b"
        bare.state = .resolved
        bare.asOf = 1_763_719_200_001
        return [full, bare]
    }()

    package var encoded: [UInt8] {
        var json = JSONWriter()
        encode(into: &json)
        return json.bytes
    }
}
