/// What a rule asks: a tree over the newest records of one series, of type number or truth.
///
/// Numbers may be null, and what compares with null is unknown. `and`, `or`, `not` of unknowns follow Kleene's three-valued logic.
/// *Source*: S. C. Kleene, "Introduction to Metamathematics" (1952), § 64.
package indirect enum RuleExpression: Equatable, Sendable {
    case number(Double)
    /// Of the newest record of its kind; null where that has no value, or there is no record.
    case field(RuleField)
    /// Of the records of the last `ms`.
    case range(RangeFunction, RuleField, ms: Int64)
    case negative(RuleExpression)
    case arithmetic(Arithmetic, RuleExpression, RuleExpression)
    case comparison(Comparison, RuleExpression, RuleExpression)
    /// No record of the kind came in the last `ms` of the clock.
    case absent(RecordKind, ms: Int64)
    /// The left side came from at most the right one to above it, or from at least the right one to below it.
    case crosses(RuleExpression, RuleExpression)
    case not(RuleExpression)
    case and(RuleExpression, RuleExpression)
    case or(RuleExpression, RuleExpression)

    /// What an expression gives.
    package enum ValueType: Equatable, Sendable { case number, truth }

    package var type: ValueType {
        switch self {
        case .number, .field, .range, .negative, .arithmetic: .number
        case .comparison, .absent, .crosses, .not, .and, .or: .truth
        }
    }

    /// What stands left of the first comparison: the value of an alert. Nil where there is none.
    package var leftSide: RuleExpression? {
        switch self {
        case .comparison(_, let left, _), .crosses(let left, _): left
        case .and(let left, _), .or(let left, _): left.leftSide
        default: nil
        }
    }
}

extension RuleExpression {
    /// The parts that it is directly made of.
    var parts: [RuleExpression] {
        switch self {
        case .number, .field, .range, .absent: []
        case .negative(let operand), .not(let operand): [operand]
        case .arithmetic(_, let left, let right), .comparison(_, let left, let right), .crosses(let left, let right),
            .and(let left, let right), .or(let left, let right):
            [left, right]
        }
    }

    /// The records that it names.
    package var kinds: Set<RecordKind> {
        switch self {
        case .field(let field), .range(_, let field, _): [field.kind]
        case .absent(let kind, _): [kind]
        default: parts.reduce(into: []) { $0.formUnion($1.kinds) }
        }
    }

    /// Whether it looks at the clock: then what it gives is no function of the records alone.
    package var usesClock: Bool {
        switch self {
        case .field(let field), .range(_, let field, _): field.kind == .live
        case .absent: true
        default: parts.contains(where: \.usesClock)
        }
    }
}

/// What is made of the records of a series whose times lie in (t - duration, t], nulls left out.
package enum RangeFunction: UInt8, CaseIterable, BitwiseCopyable, Sendable {
    /// The mean; null where there are none.
    case avg
    /// Null where there are none.
    case min, max, sum
    /// How many there are.
    case count
    /// The newest less the oldest; null under two.
    case change
    /// The same in percent of the oldest.
    case changePct

    /// As expressions name it.
    package var name: String {
        switch self {
        case .avg: "avg"
        case .min: "min"
        case .max: "max"
        case .sum: "sum"
        case .count: "count"
        case .change: "change"
        case .changePct: "change_pct"
        }
    }
}

package enum Arithmetic: String, CaseIterable, BitwiseCopyable, Sendable {
    case plus = "+"
    case minus = "-"
    case times = "*"
    /// Null where the right side is 0.
    case divided = "/"
}

package enum Comparison: String, CaseIterable, BitwiseCopyable, Sendable {
    case less = "<"
    case atMost = "<="
    case more = ">"
    case atLeast = ">="
    case equal = "=="
    case unequal = "!="
}

/// How tightly operators bind, the loosest first.
enum Precedence: Int, Comparable {
    case or, and, not, comparison, sum, product, sign, primary

    static func < (a: Precedence, b: Precedence) -> Bool { a.rawValue < b.rawValue }
}

/// The text of an expression, with the fewest parentheses: it reads back to the same tree.
extension RuleExpression: CustomStringConvertible {
    package var description: String {
        switch self {
        case .number(let value): RuleExpression.text(value)
        case .field(let field): field.description
        case .range(let function, let field, let ms):
            "\(function.name)(\(field), \(RuleDuration.text(milliseconds: ms)))"
        case .absent(let kind, let ms): "absent(\(kind), \(RuleDuration.text(milliseconds: ms)))"
        case .crosses(let left, let right): "crosses(\(left), \(right))"
        case .negative(let operand): "-\(operand.text(within: .sign))"
        case .not(let operand): "not \(operand.text(within: .not))"
        case .arithmetic(let operation, let left, let right): text(left, operation.rawValue, right)
        case .comparison(let comparison, let left, let right): text(left, comparison.rawValue, right)
        case .and(let left, let right): text(left, "and", right)
        case .or(let left, let right): text(left, "or", right)
        }
    }

    var precedence: Precedence {
        switch self {
        case .or: .or
        case .and: .and
        case .not: .not
        case .comparison: .comparison
        case .arithmetic(.plus, _, _), .arithmetic(.minus, _, _): .sum
        case .arithmetic: .product
        case .negative: .sign
        case .number, .field, .range, .absent, .crosses: .primary
        }
    }

    private func text(within precedence: Precedence) -> String {
        self.precedence < precedence ? "(\(self))" : description
    }

    /// Operators of equal precedence bind to the left, so the right side needs parentheses where the left one does not.
    private func text(_ left: RuleExpression, _ sign: String, _ right: RuleExpression) -> String {
        let isRightBound = right.precedence == precedence
        return
            "\(left.text(within: precedence)) \(sign) \(isRightBound ? "(\(right))" : right.text(within: precedence))"
    }

    private static func text(_ value: Double) -> String {
        value.magnitude < 0x1p53 && value == value.rounded(.towardZero) ? String(Int64(value)) : value.description
    }
}
