/// Fields and functions.
extension ExpressionParser {
    private static let functions = RangeFunction.allCases.map(\.name) + ["absent", "crosses"]
    private static let kinds = RecordKind.allCases.map(\.description)

    /// What begins with a word that was taken.
    mutating func named(_ word: String, at place: Int, depth: Int) throws(ExpressionError) -> RuleExpression {
        if token == .sign("(") { return try call(of: word, at: place, depth: depth) }
        if token == .sign(".") { return .field(try field(of: word, at: place)) }
        if ExpressionParser.functions.contains(word) { throw unexpected("`(` behind the function `\(word)`") }
        if let kind = RecordKind(word) {
            throw unexpected("`.` and a field behind `\(word)`, such as `\(RuleField.any(of: kind))`")
        }
        let known = ExpressionParser.kinds + ExpressionParser.functions + ["and", "or", "not"]
        throw ExpressionError(place, "`\(word.prefix(40))` is not known\(Suggestions.question(word, among: known))")
    }

    private mutating func call(of name: String, at place: Int, depth: Int) throws(ExpressionError) -> RuleExpression {
        try advance()
        let call: RuleExpression
        if let function = RangeFunction.allCases.first(where: { $0.name == name }) {
            call = try range(function)
        } else if name == "crosses" {
            call = try crosses(at: place, depth: depth)
        } else if name == "absent" {
            let kind = try recordKind()
            call = .absent(kind, ms: try duration(behind: "the record", atMost: RuleLimits.durationMs))
        } else {
            let others = ExpressionParser.hint(name, ExpressionParser.functions, "there are")
            throw ExpressionError(place, "there is no function `\(name.prefix(40))`\(others)")
        }
        try take(")")
        return call
    }

    private mutating func range(_ function: RangeFunction) throws(ExpressionError) -> RuleExpression {
        guard case .word(let kindName) = token else { throw unexpected("a field such as `window.close`") }
        let place = start
        try advance()
        guard token == .sign(".") else {
            throw unexpected("`.` and the field of a record: `\(function.name)(window.close, 20m)`")
        }
        let field = try field(of: kindName, at: place)
        let ms = try duration(behind: "the field", atMost: RuleLimits.rangeMs(over: field.kind))
        return .range(function, field, ms: ms)
    }

    private mutating func crosses(at place: Int, depth: Int) throws(ExpressionError) -> RuleExpression {
        let leftStart = start
        let left = try expression(.or, depth: depth + 1)
        try take(",")
        let rightStart = start
        let right = try expression(.or, depth: depth + 1)
        want(.number, left, leftStart, "first in `crosses`")
        want(.number, right, rightStart, "second in `crosses`")
        if left.kinds.isEmpty, right.kinds.isEmpty { note(place, "numbers that never change do not cross") }
        countCrosses(at: place)
        return .crosses(left, right)
    }

    /// The rest of a field whose record was taken. Where there is none of that name that is noted, and another stands for it.
    private mutating func field(of kindName: String, at place: Int) throws(ExpressionError) -> RuleField {
        try take(".")
        guard case .word(let name) = token else {
            throw unexpected("the name of a field behind `\(kindName.prefix(40)).`")
        }
        let nameStart = start
        try advance()
        guard let kind = RecordKind(kindName) else {
            note(place, ExpressionParser.noRecord(kindName))
            return .any(of: .window)
        }
        if let field = RuleField(kind, name) { return field }
        let others = ExpressionParser.hint(name, kind.fields.map(\.description), "it has")
        note(nameStart, "`\(kind)` has no number `\(name.prefix(40))`\(others)")
        return .any(of: kind)
    }

    private mutating func recordKind() throws(ExpressionError) -> RecordKind {
        guard case .word(let name) = token else { throw unexpected("a record such as `tick`") }
        let place = start
        try advance()
        if let kind = RecordKind(name) { return kind }
        note(place, ExpressionParser.noRecord(name))
        return .tick
    }

    private mutating func duration(behind what: String, atMost most: Int64) throws(ExpressionError) -> Int64 {
        guard token == .sign(",") else { throw unexpected("`,` and a duration behind \(what)") }
        try advance()
        guard case .duration(let ms) = token else { throw unexpected(RuleDuration.wanted) }
        if ms <= 0 { note(start, "the duration must be longer than 0") }
        if ms > most {
            note(start, "at most \(RuleDuration.text(milliseconds: most)) here, so that memory stays bounded")
        }
        try advance()
        return ms
    }

    private static func noRecord(_ name: String) -> String {
        "there is no record `\(name.prefix(40))`\(hint(name, kinds, "there are"))"
    }

    /// The names that may be meant; where none is near, all of them.
    private static func hint(_ name: String, _ known: [String], _ there: String) -> String {
        let question = Suggestions.question(name, among: known)
        return question.isEmpty ? "; \(there) \(known.joined(separator: " "))" : question
    }
}
