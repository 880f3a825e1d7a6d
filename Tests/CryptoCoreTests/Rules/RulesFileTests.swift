import Foundation
import TestSupport
import Testing

@testable import CryptoCore

@Suite("a rules file is read whole, and all that is wrong with it is said")
struct RulesFileTests {
    private func rules(_ text: String) throws -> [AlertRule] { try RulesFile(parsing: text.bytes.span.bytes).rules }

    @Test("kinds that a rule names together are in one group, also by way of a third; others are alone")
    func groups() throws {
        let expressions = [
            "window.close > 1", "trend.change_pct > 1 and window.volume > 1", "trend.change_pct > indicators.rsi_14",
            "score.auc < 0.5", "absent(tick, 90s)", "tick.price > live.close",
        ]
        let text = expressions.enumerated().map { #"{"alert": "R\#($0)", "expr": "\#($1)"}"# }.joined(separator: ",")
        let set = RuleSet(try rules(#"{"groups": [{"name": "g", "rules": [\#(text)]}]}"#))
        let kinds: [RecordKind] = [.indicators, .tick, .prediction, .window, .live, .score, .trend, .sliding]
        #expect(set.groups(of: kinds) == [0, 1, 2, 0, 1, 5, 0, 7])
        #expect(RuleSet([]).groups(of: kinds) == Array(kinds.indices))
    }

    @Test("every member of a rule is read")
    func members() throws {
        let file = """
            {"groups": [{"rules": [
              {"alert": "Moved", "expr": "window.close > 1", "for": "1h30m", "keep_firing_for": "90s",
               "match": {"source": "bybit*", "symbol": "BTC-*"}, "labels": {"severity": "warning", "team": "é"},
               "annotations": {"summary": "{{ $labels.symbol }} at {{$value}} of {{ $labels.team }}", "description": "x"}},
              {"expr": "score.auc < 0.5", "alert": "Worse", "match": {"model": "direction"}}], "name": "prices"}]}
            """
        let rules = try rules(file)
        #expect(rules.map(\.name) == ["Moved", "Worse"] && rules.map(\.group) == ["prices", "prices"])
        #expect(
            rules[0].patience.forMs == 5_400_000 && rules[0].patience.keepFiringForMs == 90_000
                && rules[1].patience.forMs == 0)
        #expect(
            rules[0].labels == ["severity": "warning", "team": "é"]
                && rules[0].expression.description == "window.close > 1")
        #expect(rules[0].match.takes(Series(source: "bybit-linear", symbol: "BTC-USDT")))
        #expect(!rules[0].match.takes(Series(source: "kraken", symbol: "BTC-USDT")))
        #expect(!rules[0].match.takes(Series(source: "bybit", symbol: "ETH-USDT")))
        let alert = rules[0].alert(.firing, of: RuleFixtures.series, since: 1, asOf: 2, value: 1.25)
        #expect(alert.summary == "BTC-USDT at 1.25 of é" && alert.annotations == ["description": "x"])
        #expect(alert.severity == "warning" && alert.labels["team"] == "é")
        #expect(alert.fingerprint == Alert.text(fingerprint: rules[0].fingerprint(of: RuleFixtures.series)))
    }

    @Test("the shipped rules are read, and look at what their names say")
    func shipped() throws {
        let bytes = [UInt8](try Data(contentsOf: SharedData.packageRoot.appendingPathComponent("config/alerts.json")))
        let rules = try RulesFile(parsing: bytes.span.bytes).rules
        #expect(
            rules.map(\.name) == [
                "PriceMovedInAMinute", "PriceMovedInSixMinutes", "VolumeSpike", "Oversold", "Overbought", "MACDCross",
                "BandBreak", "Anomaly", "FeedSilent", "ModelDrift",
            ])
        #expect(rules.filter(\.usesClock).map(\.name) == ["FeedSilent"])
        #expect(rules.allSatisfy { $0.labels["severity"] != nil && $0.annotations["summary"] != nil })
        #expect(RuleSet(rules).kinds == [.window, .trend, .indicators, .score, .tick])
    }

    @Test("problems have their line and column, also those within an expression, whatever its escapes")
    func places() {
        #expect(RuleFixtures.problems("{\n  \"groups\": [}\n") == ["2:14: not JSON: expected a value"])
        let file = """
            {"groups": [{"name": "é", "rules": [
              {"alert": "A", "expr": "window.close > 1 and\\u0020window.clsoe \\u003e 2"},
              {"alert": "B", "expr": "é"},
              {"alrt": "C", "for": "5 m", "labels": {"symbol": "x", "b-c": "{{ $value }}"}, "match": {"sorce": "*", "symbol": 1},
               "annotations": {"summary": "{{ $labels.symbl }} {{ value }} {{"}}]}]}
            """
        #expect(
            RuleFixtures.problems(file) == [
                "2:60: `window` has no number `clsoe`; did you mean close?",
                "3:27: a character that means nothing here; expressions are of letters, digits and ( ) , . + - * / < > = !",
                "4:3: a rule needs an `alert`, its name", "4:3: a rule needs an `expr`",
                "4:4: a rule has no \"alrt\"; did you mean alert?",
                "4:24: `for` must be a duration such as 90s, 5m, 1h30m or 2d (units y w d h m s ms)",
                "4:52: every alert has the label `symbol` already",
                "4:64: its name must be of letters, digits and `_`, and begin with no digit",
                "4:64: labels have no places such as `{{`: annotations have",
                "4:91: `match` has no \"sorce\"; did you mean source?", "4:115: `symbol` must be a text",
                "5:32: there is no label of this name; did you mean symbol?",
                "5:52: a place is `{{ $value }}` or `{{ $labels.NAME }}`", "5:64: `{{` without `}}`",
            ])
    }

    @Test(
        "what no rule may be is refused",
        arguments: [
            ("[]", "1:1: the file must be an object"), ("{}", "1:1: there are no `groups`"),
            ("{\"groups\": {}}", "1:12: `groups` must be an array"),
            ("{\"groups\": [1]}", "1:13: a group must be an object"),
            ("{\"groups\": [{}]}", "1:13: a group needs a `name`"),
            ("{\"groups\": [], \"groups\": []}", "1:16: \"groups\" stands here twice"),
            ("{\"groups\": [{\"name\": \"a\"}]}", "1:22: a group needs `rules`"),
            (
                "{\"groups\": [{\"name\": \"a\", \"rules\": []}, {\"name\": \"a\", \"rules\": []}]}",
                "1:50: there is a group of this name already"
            ),
            (RuleFixtures.file("1 < 2", ",\"match\":{\"model\":\"x\"}"), "1:78: `model` is of rules"),
            (RuleFixtures.file("1 < 2", ",\"for\":\"31d\""), "1:67: `for` is at most 30d"),
            (RuleFixtures.file("1 < 2", ",\"interval\":\"31d\""), "1:61: a rule has no \"interval\""),
            (RuleFixtures.file("1 < 2") + "x", "1:65: not JSON: expected nothing more"),
            ("", "1:1: not JSON: expected"),
        ])
    func refused(file: String, problem: String) {
        #expect(RuleFixtures.problems(file).first?.hasPrefix(problem) == true, "\(RuleFixtures.problems(file))")
    }

    @Test("two rules may share a name where their labels differ")
    func names() {
        func file(_ label: String) -> String {
            let rule = #"{"alert":"A","expr":"1 < 2","labels":{"severity":"#
            return #"{"groups":[{"name":"g","rules":[\#(rule)"a"}},\#(rule)"\#(label)"}}]}]}"#
        }
        #expect(RuleFixtures.problems(file("b")) == [])
        #expect(
            RuleFixtures.problems(file("a")).map { String($0.drop { $0 != " " }) } == [
                " there is a rule of this name with the same labels already"
            ])
    }

    @Test("a file of ten megabytes, of too many rules, or nested without end, is refused in a few words")
    func bounds() throws {
        func file(_ count: Int, _ rule: (Int) -> String) -> String {
            #"{"groups":[{"name":"g","rules":["# + (0..<count).map(rule).joined(separator: ",") + "]}]}"
        }
        let most = file(RuleLimits.rules) { #"{"alert":"A\#($0)","expr":"window.close > \#($0)"}"# }
        #expect(try rules(most).count == RuleLimits.rules)
        let tooMany = file(150_000) { #"{"alert":"A\#($0)","expr":"window.clos > 1 and fo"}"# }
        do {
            _ = try rules(tooMany)
            Issue.record("it was taken")
        } catch let error as RulesError {
            #expect(error.problems.count == ProblemList.maximumCount && error.unlisted > 1_000)
            #expect(error.description.utf8.count < 10_000)
        }
        #expect(
            RuleFixtures.problems(String(repeating: " ", count: RuleLimits.bytes + 1)).first?.contains(
                "at most 10000000") == true)
        for opening in ["[", "{\"a\":", "{\"groups\":["] {
            let nested = RuleFixtures.problems(String(repeating: opening, count: 800_000))
            #expect(nested.last?.contains("not JSON: expected less nesting") == true, "\(nested)")
        }
        let long = RuleFixtures.problems(RuleFixtures.file(String(repeating: "(", count: 9_000_000)))
        #expect(long == ["1:53: `expr` has 9000000 bytes; at most 65536 are read"])
    }

    @Test("no bytes trap the reader")
    func fuzz() {
        var random = SplitMix64(seed: 3)
        let whole = RuleFixtures.file(
            "crosses(tick.price, 1)", #","for":"5m","labels":{"a":"b"},"annotations":{"summary":"{{ $value }}"}"#
        ).bytes
        for _ in 0..<Fuzz.rounds(5_000) {
            var bytes = whole
            for _ in 0..<random.int(1...4) {
                let at = Int(random.next() % UInt64(bytes.count))
                switch random.next() % 3 {
                case 0: bytes[at] = random.pick(Array("{}[]\",:\\u09aeé$ ".utf8))
                case 1: bytes.remove(at: at)
                default: bytes.insert(random.pick(Array("{}[]\",:\\u09ae".utf8)), at: at)
                }
            }
            do throws(RulesError) { _ = try RulesFile(parsing: bytes.span.bytes) } catch {
                #expect(!error.problems.isEmpty && error.problems.allSatisfy { $0.line >= 1 && $0.column >= 1 })
            }
        }
        for count in whole.indices {
            #expect(throws: RulesError.self) { try RulesFile(parsing: Array(whole[..<count]).span.bytes) }
        }
    }

    @Test(
        "durations are Prometheus's",
        arguments: [
            ("90s", 90_000), ("1h30m", 5_400_000), ("2d", 172_800_000), ("1w", 604_800_000), ("1y", 31_536_000_000),
            ("500ms", 500), ("0", 0), ("1m1ms", 60_001), ("5", nil), ("", nil), ("m", nil), ("5m1h", nil),
            ("5m5m", nil),
            ("1.5h", nil), ("-5m", nil), ("99999999999999999999s", nil), ("9223372036854775807y", nil), ("5 m", nil),
            ("٣m", nil),
        ] as [(String, Int64?)])
    func durations(text: String, ms: Int64?) {
        #expect(RuleDuration.milliseconds(text) == ms)
        if let ms { #expect(RuleDuration.milliseconds(RuleDuration.text(milliseconds: ms)) == ms) }
    }

    @Test(
        "globs are a shell's `*` and `?`",
        arguments: [
            ("*", "", true), ("*", "x", true), ("bybit*", "bybit", true), ("bybit*", "bybi", false),
            ("*-USDT", "BTC-USDT", true),
            ("*-USDT", "BTC-USDT2", false), ("B?C-*", "BTC-USD", true), ("?", "é", true), ("a*b*c", "aXbYbZc", true),
            ("a*b*c", "aXbYbZ", false), ("**", "x", true), ("", "", true), ("", "x", false), ("?", "", false),
        ])
    func globs(pattern: String, name: String, matches: Bool) { #expect(Glob(pattern).matches(name) == matches) }

    @Test(
        "a value is told in as many digits as a person reads",
        arguments: [
            (1.25, "1.25"), (63_123.456789, "63123.4568"), (100, "100"), (-2.5, "-2.5"), (0.000012345, "0.00001235"),
            (0, "0"),
            (1e-9, "1e-09"), (1e300, "1e+300"), (-0.5, "-0.5"), (0.99999999999, "1"), (-1e-12, "-1e-12"),
            (nil, "unknown"),
        ] as [(Double?, String)])
    func values(value: Double?, text: String) { #expect(RuleTemplate.text(value) == text) }
}
