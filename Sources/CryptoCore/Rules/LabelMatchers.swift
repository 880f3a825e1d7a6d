/// Which alerts are meant, by their labels: `symbol="BTC-USDT", alertname=~"Price.*"`, of which all must hold.
///
/// The syntax is Alertmanager's: `=` and `!=` compare, `=~` and `!~` match a whole value; braces around all of it and quotes around a
/// value may be left out; a label that an alert does not have is empty. Of regular expressions those are taken that `ValuePattern`
/// knows, and the others are refused: what is taken means the same there.
///
/// *Source*: Alertmanager 0.25, `pkg/labels/parse.go`.
public struct LabelMatchers: Equatable, Sendable {
    /// Longer texts are refused. *Units*: bytes.
    public static let textLimit = 1024

    private struct Matcher: Equatable {
        var label: String
        var isNegated: Bool
        var value: Value

        func holds(_ labels: [String: String]) -> Bool { value.matches(labels[label] ?? "") != isNegated }
    }

    private enum Value: Equatable {
        case text(String)
        case pattern(ValuePattern)

        func matches(_ text: String) -> Bool {
            switch self {
            case .text(let own): own == text
            case .pattern(let pattern): pattern.matches(text)
            }
        }
    }

    private let matchers: [Matcher]

    /// - Throws: what is wrong, and at which character; also when an alert without any labels would be meant, as then all would be.
    public init(_ text: String) throws(LabelMatcherError) {
        guard text.utf8.count <= LabelMatchers.textLimit else {
            throw LabelMatcherError("must be at most \(LabelMatchers.textLimit) bytes", at: LabelMatchers.textLimit)
        }
        var reader = MatcherReader(text)
        var matchers: [Matcher] = []
        try reader.open()
        repeat {
            let (label, sign) = (try reader.label(), try reader.sign())
            let start = reader.startOfValue
            let word = try reader.value()
            let isNegated = sign.first == "!"
            let value: Value = sign.last == "~" ? .pattern(try ValuePattern(word, at: start)) : .text(word)
            matchers.append(Matcher(label: label, isNegated: isNegated, value: value))
        } while try reader.hasMore()
        guard !matchers.allSatisfy({ $0.holds([:]) }) else {
            throw LabelMatcherError(
                "would match every alert that lacks the labels: name a value, or alertname=~\".+\" for all alerts",
                at: 0)
        }
        self.matchers = matchers
    }

    /// Whether an alert with these labels is meant.
    public func match(_ labels: [String: String]) -> Bool { matchers.allSatisfy { $0.holds(labels) } }
}

/// What is wrong with matchers.
public struct LabelMatcherError: Error, Equatable, Sendable, CustomStringConvertible {
    public let reason: String
    /// The character where it was seen, the first being 1.
    public let column: Int

    init(_ reason: String, at offset: Int) {
        self.reason = reason
        column = offset + 1
    }

    public var description: String { "column \(column): \(reason)" }
}

/// Reads matchers from left to right.
private struct MatcherReader {
    private let text: [Character]
    private(set) var at = 0
    private var isBraced = false

    init(_ text: String) { self.text = Array(text) }

    private var next: Character? { at < text.count ? text[at] : nil }

    /// Where the value begins that comes next, behind its quote.
    var startOfValue: Int { next == "\"" ? at + 1 : at }

    private mutating func skipSpace() { while next?.isWhitespace == true { at += 1 } }

    private mutating func take(_ character: Character) -> Bool {
        skipSpace()
        guard next == character else { return false }
        at += 1
        return true
    }

    private func error(_ reason: String) -> LabelMatcherError { LabelMatcherError(reason, at: at) }

    mutating func open() throws(LabelMatcherError) { isBraced = take("{") }

    mutating func label() throws(LabelMatcherError) -> String {
        skipSpace()
        let start = at
        while let character = next, character.isASCII,
            character.isLetter || character == "_" || (at > start && character.isNumber)
        { at += 1 }
        guard at > start else { throw error("expected the name of a label, such as symbol=\"BTC-USDT\"") }
        return String(text[start..<at])
    }

    mutating func sign() throws(LabelMatcherError) -> String {
        skipSpace()
        for sign in ["=~", "!~", "!=", "="] where text[at...].starts(with: sign) {
            at += sign.count
            skipSpace()
            return sign
        }
        throw error("expected =, !=, =~ or !~")
    }

    mutating func value() throws(LabelMatcherError) -> String {
        guard take("\"") else {
            let start = at
            while let character = next, character != ",", character != "}" || !isBraced { at += 1 }
            let word = Substring(String(text[start..<at])).trimming(" \t")
            guard !word.contains("\"") else { throw error("a quote may only stand before and behind a value") }
            return String(word)
        }
        var value = ""
        while let character = next {
            at += 1
            if character == "\"" { return value }
            value.append(character == "\\" ? try escaped() : String(character))
        }
        throw error("expected a quote at the end of the value")
    }

    /// What stands for a character behind a backslash; one that a pattern is to read stays with it.
    private mutating func escaped() throws(LabelMatcherError) -> String {
        guard let character = next else { throw error("expected a character behind the backslash") }
        at += 1
        switch character {
        case "\"", "\\": return String(character)
        case "n": return "\n"
        default: return "\\\(character)"
        }
    }

    /// Whether another matcher follows; at the end nothing else may.
    mutating func hasMore() throws(LabelMatcherError) -> Bool {
        if take(",") {
            skipSpace()
            // A comma behind the last one is no mistake.
            if next != nil, next != "}" { return true }
        }
        if isBraced, !take("}") { throw error("expected a comma or the brace at the end") }
        skipSpace()
        guard next == nil else { throw error("expected a comma or the end") }
        return false
    }
}
