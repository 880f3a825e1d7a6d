import TestSupport

@testable import CryptoCore

/// Rules and records without end, of values so few that every comparison goes both ways.
extension SplitMix64 {
    private static let fields: [(RecordKind, [String])] = [
        (.window, ["open", "close", "volume"]), (.trend, ["change_pct", "slope_per_minute"]),
        (.indicators, ["rsi_14", "macd"]),
        (.tick, ["price", "bid"]),
    ]

    private mutating func fewFields() -> RuleField {
        let (kind, names) = pick(SplitMix64.fields)
        return RuleField(kind, pick(names))!  // not nil: fields of the kinds
    }

    private mutating func number(_ depth: Int) -> RuleExpression {
        switch depth <= 0 ? next() % 4 : next() % 7 {
        case 0: .number(Double(int(0...4)))
        case 1, 2: .field(fewFields())
        case 3: .range(pick(RangeFunction.allCases), fewFields(), ms: int(1...600) * 1000 + int(0...1))
        case 4: .negative(number(depth - 1))
        default: .arithmetic(pick(Arithmetic.allCases), number(depth - 1), number(depth - 1))
        }
    }

    private mutating func truth(_ depth: Int) -> RuleExpression {
        switch depth <= 0 ? 0 : next() % 6 {
        case 0, 1: .comparison(pick(Comparison.allCases), number(depth - 1), number(depth - 1))
        case 2: .not(truth(depth - 1))
        case 3: .and(truth(depth - 1), truth(depth - 1))
        case 4: .or(truth(depth - 1), truth(depth - 1))
        default: .crosses(.field(fewFields()), number(depth - 1))
        }
    }

    /// A file of rules that do not look at the clock.
    mutating func rulesFile(_ count: Int) -> String {
        let rules = (0..<count).map { i in
            let match = pick(["", #","match":{"symbol":"BTC-*"}"#, #","match":{"source":"kra?en"}"#])
            return #"{"alert":"R\#(i)","expr":"\#(truth(3))","for":"\#(pick([0, 0, 5, 60, 150]))s","#
                + #""keep_firing_for":"\#(pick([0, 0, 30, 90]))s"\#(match),"labels":{"severity":"s\#(i % 3)"}}"#
        }
        return #"{"groups":[{"name":"g","rules":[\#(rules.joined(separator: ","))]}]}"#
    }

    /// Records of a few series, up to a minute out of order.
    mutating func ruleRecords(_ count: Int) -> [(kind: RecordKind, series: Series, value: [UInt8])] {
        let all = ["bybit:BTC-USDT", "bybit:ETH-USDT", "kraken:BTC-USD"].compactMap { Series($0) }
        var clock = RuleFixtures.start
        return (0..<count).map { _ in
            clock += int(0...9_000)
            let (kind, names) = pick(SplitMix64.fields)
            let series = pick(all)
            let values = names.map { name in
                name == "price"
                    ? #","price":\#(int(1...4))"#
                    : #","\#(name)":\#(chance(0.15) && kind != .tick ? "null" : String(int(-2...4)))"#
            }
            let time = clock - (chance(0.3) ? int(0...60_000) : 0)
            let head = RuleFixtures.record(kind, at: time, of: series, [:])
            return (kind, series, Array(head.dropLast()) + values.joined().bytes + "}".bytes)
        }
    }
}
