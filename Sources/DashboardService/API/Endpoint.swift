internal import HTTPServer

/// A request that the dashboard answers, as its OpenAPI document tells of it. Its route is made of it (`APIRoute`), and reads no value
/// that is not among its parameters.
struct Endpoint: Sendable {
    /// A value in the path or the query.
    struct Parameter: Sendable {
        let name: String
        var place = "query"
        var isRequired = false
        let about: String
        var schema = Schema.text
    }

    /// A form that an answer may have.
    struct Answer: Sendable {
        var type = "application/json"
        var schema = Schema.object()
    }

    let method: HTTPMethod
    /// As a route has it: `/api/silences/:id`.
    let path: String
    let summary: String
    var parameters: [Parameter] = []
    /// The schema of its body; nil where it has none.
    var body: String?
    var answers = [Answer()]
    /// Statuses with which it is refused.
    var errors: [Int] = [400, 503, 504]

    init(_ method: HTTPMethod, _ path: String, _ summary: String) {
        self.method = method
        self.path = path
        self.summary = summary
    }

    /// The same with these parameters.
    func with(_ parameters: Parameter...) -> Endpoint { changed { $0.parameters += parameters } }

    /// The same with an object as its body.
    func taking(_ schema: String) -> Endpoint { changed { $0.body = schema } }

    /// The same, answered so.
    func giving(_ schema: String, as type: String = "application/json") -> Endpoint {
        changed { $0.answers = [Answer(type: type, schema: schema)] }
    }

    /// The same, refused by these statuses only.
    func refusing(_ statuses: Int...) -> Endpoint { changed { $0.errors = statuses } }

    private func changed(_ change: (inout Endpoint) -> Void) -> Endpoint {
        var copy = self
        change(&copy)
        return copy
    }
}

/// JSON Schema, as text.
enum Schema {
    static let text = #"{"type": "string"}"#
    static let array = #"{"type": "array"}"#
    static let any = "{}"

    /// An object that has these members.
    static func object(_ members: String...) -> String {
        members.isEmpty
            ? #"{"type": "object"}"#
            : #"{"type": "object", "required": [\#(members.map { "\"\($0)\"" }.joined(separator: ", "))]}"#
    }

    static func integer(in range: ClosedRange<Int64>) -> String {
        #"{"type": "integer", "minimum": \#(range.lowerBound), "maximum": \#(range.upperBound)}"#
    }

    static func choice(of words: [String]) -> String {
        #"{"enum": [\#(words.map { "\"\($0)\"" }.joined(separator: ", "))]}"#
    }
}

extension Endpoint.Parameter {
    /// Whose rows.
    static let series = Endpoint.Parameter(
        name: "series", isRequired: true, about: "Whose, such as binance:BTC-USDT.", schema: seriesText)
    static let from = Endpoint.Parameter(
        name: "from", about: "The first time wanted, ms.", schema: Schema.integer(in: AskedValues.times))
    static let to = Endpoint.Parameter(
        name: "to", about: "The first time behind them, ms.", schema: Schema.integer(in: AskedValues.times))
    static let step = Endpoint.Parameter(
        name: "step", about: "How long a bucket is, ms.", schema: Schema.integer(in: AskedValues.steps))

    /// `<source>:<BASE>-<QUOTE>`, see `Series`.
    static let seriesText =
        #"{"type": "string", "pattern": "^[^\\u0000-\\u0020:]+:[^\\u0000-\\u0020]+-[^\\u0000-\\u0020-]+$", "maxLength": 150}"#
}
