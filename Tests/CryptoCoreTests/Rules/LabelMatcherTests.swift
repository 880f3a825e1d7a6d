import Foundation
import TestSupport
import Testing

@testable import CryptoCore

@Suite("Label matchers")
struct LabelMatcherTests {
    private let labels = ["alertname": "PriceMove", "symbol": "BTC-USDT", "source": "bybit"]

    @Test(
        "all matchers must hold, of the whole value; a label that is absent is empty",
        arguments: [
            (#"symbol="BTC-USDT""#, true), (#"symbol="BTC""#, false), ("symbol=BTC-USDT", true),
            (#" { symbol = "BTC-USDT" , source!="okx", } "#, true), (#"symbol="BTC-USDT",source="okx""#, false),
            (#"alertname=~"Price.*""#, true), (#"alertname=~"Price""#, false), (#"alertname=~"Price.+|x""#, true),
            (#"alertname=~"x|PriceMove""#, true), (#"alertname=~"PriceMove.+""#, false),
            (#"symbol=~"BTC.USDT""#, true), (#"symbol=~"BTC\.USDT""#, false), (#"symbol=~"BTC\-USDT""#, true),
            (#"alertname=~".+",symbol!~"ETH.*""#, true), (#"alertname=~".+",symbol!~".*USDT""#, false),
            (#"team="",alertname=~".+""#, true), (#"team=~".+""#, false), (#"source="bybit",team!="x""#, true),
            (#"symbol=~".*-.*T|""#, true), (#"symbol="a,b\"}""#, false),
        ])
    func match(text: String, isMeant: Bool) throws {
        if text.contains("|\"") {
            // An empty alternative matches an absent label, too.
            #expect(throws: LabelMatcherError.self) { try LabelMatchers(text) }
        } else {
            #expect(try LabelMatchers(text).match(labels) == isMeant)
        }
    }

    @Test(
        "what is wrong is said with its place",
        arguments: [
            ("", 1, "expected the name of a label"), ("symbol", 7, "expected =, !=, =~ or !~"),
            ("symbol>1", 7, "expected ="), (#"symbol="a"#, 10, "expected a quote at the end"),
            (#"symbol="a" source="b""#, 12, "expected a comma or the end"), (#"{symbol="a""#, 12, "or the brace"),
            (#"1a="b""#, 1, "the name of a label"), (#"symbol="a"b"#, 11, "a comma or the end"),
            (#"symbol=a"b"#, 11, "a quote may only stand"), (#"symbol=~"a(b)""#, 11, "( is not understood"),
            (#"symbol=~"a*""#, 11, "* is not understood"), (#"symbol=~"\d""#, 10, "\\ is not understood"),
            (#"symbol!="a""#, 1, "every alert"), (#"a=~".*""#, 1, "every alert"), (#"a="""#, 1, "every alert"),
            (String(repeating: "a", count: 1025), 1025, "at most 1024 bytes"),
        ])
    func problems(text: String, column: Int, words: String) {
        do {
            _ = try LabelMatchers(text)
            Issue.record("\(text) is taken")
        } catch {
            #expect(error.reason.contains(words), "\(error)")
            #expect(error.column == column, "\(error)")
        }
    }

    /// An independent engine, NSRegularExpression of ICU, agrees on what both take.
    @Test("a pattern means what a regular expression of the whole value means", arguments: UInt64(0)..<300)
    func patterns(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        func text(_ parts: [String], _ count: Int) -> String {
            (0..<Int.random(in: 0...count, using: &rng)).map { _ in parts.randomElement(using: &rng) ?? "" }.joined()
        }
        let pattern = text(["a", "b", ".", ".*", ".+", "|", #"\."#, #"\|"#, "é"], 8)
        let ours = try ValuePattern(pattern, at: 0)
        let theirs = try NSRegularExpression(pattern: "^(?:\(pattern))\\z")
        for _ in 0..<50 {
            let value = text(["a", "b", ".", "|", "é", "\n"], 8)
            let range = NSRange(value.startIndex..., in: value)
            let isMatch = theirs.firstMatch(in: value, range: range) != nil
            #expect(ours.matches(value) == isMatch, "\(pattern.debugDescription) \(value.debugDescription)")
        }
    }

    @Test("no text makes it trap, and long patterns end", arguments: UInt64(0)..<200)
    func fuzz(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let alphabet = Array(#"{}ab="~!,.*|\+ é🚀"#)
        for _ in 0..<100 {
            let count = Int.random(in: 0...30, using: &rng)
            let text = String((0..<count).map { _ in alphabet.randomElement(using: &rng) ?? "a" })
            _ = try? LabelMatchers(text).match(labels)
        }
        let hard = String(repeating: ".*a", count: 300)
        let value = String(repeating: "a", count: 2_000) + "b"
        #expect((try? LabelMatchers(#"symbol=~"\#(hard)""#).match(["symbol": value])) == false)
    }
}
