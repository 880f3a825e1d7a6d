/// Reads an expression, by precedence climbing.
///
/// From the loosest: `or`, `and`, `not`, comparisons (which do not chain), `+ -`, `* /`, unary minus. What cannot be read ends it; names
/// that are not known and sides of the wrong type are noted, and it goes on.
/// *Source*: V. Pratt, "Top down operator precedence" (1973).
struct ExpressionParser {
    private var lexer: ExpressionLexer
    var token = ExpressionLexer.Token.end
    var start = 0
    private var parts = 0
    private var crosses = 0
    private(set) var errors: [ExpressionError] = []

    /// Reads the whole of a text (UTF-8).
    /// - Returns: the expression where nothing is wrong with it, else what is.
    static func parse(_ text: [UInt8]) -> (expression: RuleExpression?, errors: [ExpressionError]) {
        var parser = ExpressionParser(lexer: ExpressionLexer(text))
        do {
            let expression = try parser.whole()
            return (parser.errors.isEmpty ? expression : nil, parser.errors)
        } catch {
            return (nil, parser.errors + [error])
        }
    }

    private init(lexer: ExpressionLexer) { self.lexer = lexer }

    private mutating func whole() throws(ExpressionError) -> RuleExpression {
        try advance()
        let expression = try expression(.or, depth: 0)
        guard token == .end else { throw unexpected("an operator such as `<` or `and`") }
        if expression.type == .number { note(0, "a rule needs a comparison, such as `\(expression.short) > 0`") }
        return expression
    }

    mutating func advance() throws(ExpressionError) { (token, start) = try lexer.next() }

    mutating func note(_ at: Int, _ message: String) { errors.append(ExpressionError(at, message)) }

    mutating func countCrosses(at place: Int) {
        crosses += 1
        if crosses == RuleLimits.crosses + 1 {
            note(place, "an expression has at most \(RuleLimits.crosses) `crosses`")
        }
    }

    /// What binds at least as tightly as `minimum`.
    mutating func expression(_ minimum: Precedence, depth: Int) throws(ExpressionError) -> RuleExpression {
        if depth > RuleLimits.depth {
            throw ExpressionError(start, "nested deeper than \(RuleLimits.depth) levels")
        }
        let leftStart = start
        var left = try operand(depth: depth)
        while let infix = Infix(token), infix.precedence >= minimum {
            try countPart()
            let place = start
            try advance()
            let rightStart = start
            let right = try expression(infix.precedence.next, depth: depth + 1)
            check(left, infix, leftStart, "left of `\(infix.text)`", place)
            check(right, infix, rightStart, "right of `\(infix.text)`", place)
            left = infix.joining(left, right)
        }
        return left
    }

    /// What an operator stands before or between.
    private mutating func operand(depth: Int) throws(ExpressionError) -> RuleExpression {
        try countPart()
        let place = start
        switch token {
        case .sign("-"):
            try advance()
            let operand = try expression(.sign, depth: depth + 1)
            want(.number, operand, place, "behind `-`")
            return .negative(operand)
        case .word("not"):
            try advance()
            let operand = try expression(.not, depth: depth + 1)
            want(.truth, operand, place, "behind `not`")
            return .not(operand)
        case .sign("("):
            try advance()
            let inner = try expression(.or, depth: depth + 1)
            try take(")")
            return inner
        case .number(let value):
            try advance()
            return .number(value)
        case .word(let word):
            try advance()
            return try named(word, at: place, depth: depth)
        case .duration, .sign, .end:
            throw unexpected("a number, a field such as `window.close`, or a function")
        }
    }

    mutating func take(_ sign: String) throws(ExpressionError) {
        guard token == .sign(sign) else { throw unexpected("`\(sign)`") }
        try advance()
    }

    func unexpected(_ wanted: String) -> ExpressionError {
        ExpressionError(start, "expected \(wanted), not \(token.shown)")
    }

    /// Takes note where an expression is of another type.
    mutating func want(_ type: RuleExpression.ValueType, _ expression: RuleExpression, _ at: Int, _ side: String) {
        if expression.type == type { return }
        let wanted = type == .number ? "a number" : "a comparison"
        let given = type == .number ? "true or false" : "a number"
        note(at, "what stands \(side) must be \(wanted); `\(expression.short)` is \(given)")
    }

    private mutating func check(_ side: RuleExpression, _ infix: Infix, _ at: Int, _ name: String, _ place: Int) {
        if infix.precedence == .comparison, case .comparison = side {
            return note(place, "comparisons do not chain; join them with `and`")
        }
        want(infix.operands, side, at, name)
    }

    private mutating func countPart() throws(ExpressionError) {
        parts += 1
        if parts > RuleLimits.parts {
            throw ExpressionError(start, "an expression has at most \(RuleLimits.parts) parts")
        }
    }
}

/// An operator between two sides.
private enum Infix {
    case or, and
    case comparison(Comparison)
    case arithmetic(Arithmetic)

    init?(_ token: ExpressionLexer.Token) {
        switch token {
        case .word("or"): self = .or
        case .word("and"): self = .and
        case .sign(let sign):
            if let comparison = Comparison(rawValue: sign) {
                self = .comparison(comparison)
            } else if let arithmetic = Arithmetic(rawValue: sign) {
                self = .arithmetic(arithmetic)
            } else {
                return nil
            }
        default: return nil
        }
    }

    var text: String {
        switch self {
        case .or: "or"
        case .and: "and"
        case .comparison(let comparison): comparison.rawValue
        case .arithmetic(let arithmetic): arithmetic.rawValue
        }
    }

    var operands: RuleExpression.ValueType {
        switch self {
        case .or, .and: .truth
        case .comparison, .arithmetic: .number
        }
    }

    var precedence: Precedence { joining(.number(0), .number(0)).precedence }

    func joining(_ left: RuleExpression, _ right: RuleExpression) -> RuleExpression {
        switch self {
        case .or: .or(left, right)
        case .and: .and(left, right)
        case .comparison(let comparison): .comparison(comparison, left, right)
        case .arithmetic(let arithmetic): .arithmetic(arithmetic, left, right)
        }
    }
}

extension Precedence {
    /// The next tighter one.
    var next: Precedence { Precedence(rawValue: rawValue + 1) ?? .primary }
}

extension RuleExpression {
    /// The text, its beginning where it is long.
    var short: String {
        let text = description
        return text.utf8.count > 40 ? "\(text.prefix(37))..." : text
    }
}
