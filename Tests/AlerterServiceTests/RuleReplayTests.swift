import CryptoCore
import Foundation
import ServiceKit
import System
import TestSupport
import Testing

@testable import AlerterService

@Suite("alerter test RULES FILE")
struct RuleReplayTests {
    /// The summary that a replay of these lines ends with.
    private func replay(_ rules: String, _ lines: [[UInt8]]) throws -> String {
        let file = try Bench.file(rules)
        let set = try RulesSource.rules(of: file.path)
        let records = file.deletingLastPathComponent().appendingPathComponent("records.jsonl")
        try Data(lines.joined(separator: [UInt8(ascii: "\n")])).write(to: records)
        var replay = RuleReplay(set) { _ in }
        return try replay.run(records.path, StopFlag())
    }

    private func trade(_ seconds: Int64, _ price: Double) -> [UInt8] {
        let time = Bench.minute + seconds * 1_000
        let trade = Tick.Trade(tradeID: "\(seconds)", price: price, quantity: 1, side: .buy)
        return Tick(
            series: Series(source: "bybit", symbol: "BTC-USDT"), kind: .trade(trade), eventTime: time, ingestTime: time
        ).encoded()
    }

    @Test("of ticks it makes minutes, trends and indicators, and the rules look at all of them")
    func ticks() throws {
        let rules = """
            {"alert":"Tick","expr":"tick.price > 103"},{"alert":"Minute","expr":"window.close > 102.5"},
            {"alert":"Trend","expr":"trend.change_pct > 2"},{"alert":"Bars","expr":"indicators.bars >= 4"}
            """
        let lines = (0..<6).map { trade(Int64($0) * 60, 100 + Double($0)) }
        // Prices 100 to 105; the minutes of the first four are final.
        let text = try replay(rules, lines)
        #expect(text == "6 records: 4 alerts fired, 0 were resolved\n")
    }

    @Test("lines that are nothing are counted; a file of nothing is an error that says what is wanted")
    func rubbish() throws {
        let rule = #"{"alert":"A","expr":"tick.price > 1 or absent(tick, 5s)"}"#
        let text = try replay(rule, [trade(0, 1), Array("{}".utf8), trade(1, 2)])
        #expect(text.contains("2 records: ") && text.contains("1 lines are no ticks and no final minutes"))
        #expect(text.contains("not tested, as they look at the clock: A"))
        #expect(throws: RuleReplay.NoRecords.self) { try replay(rule, [Array("{}".utf8)]) }
    }

    @Test("a rules file that is wrong is told by line and column, with a near name")
    func wrong() throws {
        let file = try Bench.file(#"{"alert":"A","expr":"window.clsoe > 1"}"#)
        #expect(throws: UsageError.self) { try RulesSource.rules(of: file.path) }
        do { _ = try RulesSource.rules(of: file.path) } catch {
            #expect(error.problems.count == 1 && error.problems[0].hasPrefix("\(file.path):1:"))
            #expect(error.problems[0].contains("did you mean close?"))
        }
    }
}
