import Foundation
import TestSupport
import Testing

@testable import CryptoCore

extension SplitMix64 {
    /// Any expression of a type, with the fields of all kinds.
    mutating func expression(_ type: RuleExpression.ValueType, depth: Int) -> RuleExpression {
        type == .number ? numberExpression(depth) : truthExpression(depth)
    }

    mutating func ruleField() -> RuleField {
        let kind = pick(RecordKind.allCases)
        return RuleField(kind, pick(kind.fields.map(\.description)))!  // not nil: a field of the kind
    }

    private mutating func numberExpression(_ depth: Int) -> RuleExpression {
        switch depth <= 0 ? next() % 3 : next() % 6 {
        case 0: .number(chance(0.5) ? Double(int(0...100)) : positive())
        case 1: .field(ruleField())
        case 2: .range(pick(RangeFunction.allCases), ruleField(), ms: int(1...14_400_000))
        case 3: .negative(numberExpression(depth - 1))
        default: .arithmetic(pick(Arithmetic.allCases), numberExpression(depth - 1), numberExpression(depth - 1))
        }
    }

    private mutating func truthExpression(_ depth: Int) -> RuleExpression {
        switch depth <= 0 ? next() % 2 : next() % 6 {
        case 0: .comparison(pick(Comparison.allCases), numberExpression(depth - 1), numberExpression(depth - 1))
        case 1: .absent(pick(RecordKind.allCases), ms: int(1...86_400_000))
        case 2: .not(truthExpression(depth - 1))
        case 3: .and(truthExpression(depth - 1), truthExpression(depth - 1))
        case 4: .or(truthExpression(depth - 1), truthExpression(depth - 1))
        default: .crosses(.field(ruleField()), numberExpression(depth - 1))
        }
    }
}

@Suite("expressions are read as they are written")
struct ExpressionTests {
    private func parsed(_ text: String) -> RuleExpression? { ExpressionParser.parse(text.bytes).expression }

    private func problem(_ text: String) -> String {
        ExpressionParser.parse(text.bytes).errors.map { "\($0.at): \($0.message)" }.joined(separator: "\n")
    }

    @Test("what is printed reads back to the same tree")
    func roundTrip() {
        var random = SplitMix64(seed: 1)
        for _ in 0..<Fuzz.rounds(2_000) {
            let expression = random.expression(.truth, depth: 5)
            let text = expression.description
            let (again, errors) = ExpressionParser.parse(text.bytes)
            #expect(again == expression && errors.isEmpty, "\(text): \(errors)")
            #expect(again?.description == text)
        }
    }

    @Test(
        "operators bind as in arithmetic and logic",
        arguments: [
            ("1 + 2 * 3 > 6", "1 + (2 * 3) > 6"), ("1 - 2 - 3 < 0", "(1 - 2) - 3 < 0"),
            ("8 / 4 / 2 == 1", "(8 / 4) / 2 == 1"),
            ("-1 * 2 < 0", "(-1) * 2 < 0"), ("not 1 < 2 and 3 < 4", "(not (1 < 2)) and (3 < 4)"),
            ("1 < 2 or 3 < 4 and 5 < 6", "1 < 2 or (3 < 4 and 5 < 6)"), ("not not 1 < 2", "not (not (1 < 2))"),
            ("- - 1 < 0", "-(-(1)) < 0"), ("1 + 2 < 3 * 4", "(1 + 2) < (3 * 4)"), (".5 < 1e3", "0.5 < 1000"),
        ])
    func precedence(text: String, withParentheses: String) throws {
        #expect(try #require(parsed(text)) == #require(parsed(withParentheses)))
    }

    @Test("parentheses change the tree")
    func parentheses() {
        #expect(parsed("(1 + 2) * 3 > 6") != parsed("1 + 2 * 3 > 6"))
        #expect(parsed("1 - (2 - 3) < 0")?.description == "1 - (2 - 3) < 0")
        #expect(parsed("((((1)))) < ((2))")?.description == "1 < 2")
    }

    @Test("every number of every record can be named, and nothing else")
    func fields() throws {
        let fields: [(RecordKind, [Field])] = [
            (.window, WindowAggregate.fields), (.sliding, WindowAggregate.fields), (.live, WindowAggregate.fields),
            (.trend, Trend.fields), (.indicators, Indicators.fields), (.prediction, Prediction.fields),
            (.score, Score.fields), (.tick, Tick.fields),
        ]
        for (kind, fields) in fields {
            for field in fields {
                let name = field.name.description
                let isNumber = field.type == .integer || field.type == .real || name == "psi"
                let isGap = name.hasPrefix("gap_")
                #expect((RuleField(kind, name) != nil) == (isNumber && !isGap), "\(kind).\(name)")
            }
            #expect(fields.contains { $0.name.description == kind.timeField.description })
        }
        for kind in RecordKind.allCases {
            for name in kind.fields { #expect(parsed("\(kind).\(name) > 0") != nil) }
            #expect(RecordKind(kind.description) == kind)
        }
    }

    @Test("each kind is that of its topic")
    func topics() {
        for topic in Topic.allCases {
            guard let kind = RecordKind(of: topic) else { continue }
            #expect(kind.topicName == topic.rawValue)
            #expect(topic.timeField?.description == kind.timeField.description)
        }
        #expect(RecordKind(of: .tumbling) == .window && RecordKind(of: .ticks) == .tick && RecordKind(of: .late) == nil)
    }

    @Test(
        "what is wrong is said where it is, and what may be meant",
        arguments: [
            ("", "0: expected a number, a field such as `window.close`, or a function, not the end"),
            ("window.close", "0: a rule needs a comparison, such as `window.close > 0`"),
            ("window.clsoe > 1", "7: `window` has no number `clsoe`; did you mean close?"),
            ("windw.close > 1", "0: there is no record `windw`; did you mean window?"),
            ("avrg(window.close, 5m) > 1", "0: there is no function `avrg`; did you mean avg?"),
            ("1 < 2 < 3", "6: comparisons do not chain; join them with `and`"),
            ("1 = 2", "2: `=` is no operator; `==` compares"),
            ("1 < 2 && 3 < 4", "6: write `and`, `or` and `not` as words"),
            ("1 < 2 and 3", "10: what stands right of `and` must be a comparison; `3` is a number"),
            ("(1 < 2) + 3 > 1", "0: what stands left of `+` must be a number; `1 < 2` is true or false"),
            ("not 3", "0: what stands behind `not` must be a comparison; `3` is a number"),
            ("-(1 < 2) < 3", "0: what stands behind `-` must be a number; `1 < 2` is true or false"),
            ("crosses(1, 2)", "0: numbers that never change do not cross"),
            ("avg(window.close) > 1", "16: expected `,` and a duration behind the field, not `)`"),
            (
                "avg(window.close, 5) > 1",
                "18: expected a duration such as 90s, 5m, 1h30m or 2d (units y w d h m s ms), not a number"
            ),
            (
                "avg(window.close, 5x) > 1",
                "18: `5x` is neither a number nor a duration such as 90s, 5m, 1h30m or 2d (units y w d h m s ms)"
            ),
            ("avg(window.close, 8d) > 1", "18: at most 7d here, so that memory stays bounded"),
            ("avg(tick.price, 5h) > 1", "16: at most 4h here, so that memory stays bounded"),
            ("avg(live.close, 0s) > 1", "16: the duration must be longer than 0"),
            ("absent(tik, 90s)", "7: there is no record `tik`; did you mean tick?"),
            ("avg(1 + 2, 5m) > 1", "4: expected a field such as `window.close`, not a number"),
            ("window > 1", "7: expected `.` and a field behind `window`, such as `window.last_time`, not `>`"),
            ("(1 < 2", "6: expected `)`, not the end"),
            ("1 < 2)", "5: expected an operator such as `<` or `and`, not `)`"),
            ("1 < 1e999", "4: a number that is too large"),
            ("1 < 2 an 3 < 4", "6: expected an operator such as `<` or `and`, not `an`"),
            ("close > 1", "0: `close` is not known"),
            (
                "1 < é",
                "4: a character that means nothing here; expressions are of letters, digits and ( ) , . + - * / < > = !"
            ),
            (
                "window.clsoe > 1 and tick.prize > 2",
                "7: `window` has no number `clsoe`; did you mean close?\n26: `tick` has no number `prize`; did you mean price?"
            ),
        ])
    func errors(text: String, message: String) {
        #expect(problem(text).hasPrefix(message), "\(problem(text))")
    }

    @Test("nesting, parts and crosses are bounded, and what lies within the bounds is read")
    func bounds() {
        func nested(_ levels: Int) -> String {
            String(repeating: "(", count: levels) + "1" + String(repeating: ")", count: levels) + " < 2"
        }
        #expect(problem(nested(RuleLimits.depth)) == "")
        #expect(problem(nested(RuleLimits.depth + 1)).contains("nested deeper than 64 levels"))
        for opening in ["(", "-", "not ", "crosses("] {
            #expect(problem(String(repeating: opening, count: 100_000)).contains("nested deeper"))
        }
        func chain(_ parts: Int) -> String { "0" + String(repeating: " + 1", count: parts) + " < 2" }
        #expect(problem(chain(498)) == "")
        #expect(problem(chain(499)).contains("at most 1000 parts"))
        #expect(problem(chain(1_000_000)).contains("at most 1000 parts"))
        func crosses(_ count: Int) -> String {
            Array(repeating: "crosses(tick.price, 1)", count: count).joined(separator: " or ")
        }
        #expect(problem(crosses(RuleLimits.crosses)) == "")
        #expect(problem(crosses(RuleLimits.crosses + 1)).contains("at most 16 `crosses`"))
    }

    @Test("no bytes trap the parser, and what it reads prints and reads back")
    func fuzz() {
        var random = SplitMix64(seed: 7)
        let pieces = [
            "window", "tick", ".", "close", "price", "avg", "(", ")", ",", "5m", "1", "0.5", "1e9", "+", "-", "*", "/",
            "<",
            "<=", "==", "!=", ">", "and", "or", "not", " ", "absent", "crosses", "\n", "é", "\u{0}", "min", "score",
            "psi", "9d",
        ]
        var read = 0
        for _ in 0..<Fuzz.rounds(100_000) {
            var text: [UInt8] = []
            if random.chance(0.4) {
                for _ in 0..<random.int(0...30) {
                    text += random.pick(pieces).utf8 + (random.chance(0.7) ? [0x20] : [])
                }
            } else if random.chance(0.5) {
                text = random.expression(.truth, depth: 3).description.bytes
                for _ in 0..<random.int(0...3) where !text.isEmpty {
                    let at = Int(random.next() % UInt64(text.count))
                    if random.chance(0.5) {
                        text[at] = UInt8(truncatingIfNeeded: random.next())
                    } else {
                        text.remove(at: at)
                    }
                }
            } else {
                for _ in 0..<random.int(0...40) { text.append(UInt8(truncatingIfNeeded: random.next())) }
            }
            let (expression, errors) = ExpressionParser.parse(text)
            guard (expression == nil) == !errors.isEmpty, errors.allSatisfy({ 0...text.count ~= $0.at }) else {
                Issue.record("\(text)")
                return
            }
            guard let expression else { continue }
            read += 1
            #expect(ExpressionParser.parse(expression.description.bytes).expression == expression)
        }
        #expect(read > 1_000)
    }
}
