import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import System
import TestSupport
import TestTraits
import Testing

@testable import AlerterService

@Suite("alerter --silence, --silences and --unsilence", .waiting)
struct SilenceCommandTests {
    private struct Unusable: Error { let result: String }

    private func parse(_ arguments: [String]) -> ParseResult<Configured<AlerterConfiguration>> {
        CommandLineParser.parse(AlerterCommand.spec, arguments: arguments, environment: [:])
    }

    private func run(_ arguments: [String], at bootstrap: String) throws -> String {
        let result = parse(arguments + ["--brokers", bootstrap])
        guard case .answer(let answer) = result else { throw Unusable(result: "\(result)") }
        return try answer(StopFlag())
    }

    @Test("what one makes the next lists and the last ends, and the alerter goes by it")
    func life() throws {
        let (bench, webhook) = (try NotifierBench(), try Webhook())
        let bootstrap = bench.broker.bootstrap
        #expect(try run(["--silences"], at: bootstrap) == "no silence lasts or is to come\n")
        let matchers = #"symbol="BTC-USDT", alertname=~"a|b""#
        let id = try run(["--silence", matchers, "--for", "2h", "--by", "anna"], at: bootstrap)
            .trimmingCharacters(in: .newlines)
        #expect(id.utf8.count == 16)
        let list = try run(["--silences"], at: bootstrap).split(separator: "\n")
        #expect(list.count == 2 && list[0].hasPrefix("ID ") && list[1].hasPrefix("\(id)  active "))
        #expect(list[1].hasSuffix("  anna  \(matchers)"))

        try bench.send("a", .firing)
        try bench.start(NotifierSettings(targets: [.webhook(url: webhook.url)]))
        #expect(waitUntil(seconds: 60) { bench.count("notifications_silenced_total") == 1 })
        #expect(try run(["--unsilence", id], at: bootstrap) == "")
        #expect(waitUntil(seconds: 60) { webhook.told == ["a firing"] })
        #expect(try run(["--silences"], at: bootstrap) == "no silence lasts or is to come\n")
        #expect { try run(["--unsilence", id], at: bootstrap) } throws: { "\($0)".contains("no silence \(id) lasts") }
        try bench.stop()
    }

    @Test("without Kafka it says so, and ends")
    func away() throws {
        let bench = try NotifierBench()
        let bootstrap = bench.broker.bootstrap
        try bench.broker.setReachable(false)
        #expect(throws: KafkaError.self) { try run(["--silence", "a=b"], at: bootstrap) }
    }

    @Test(
        "what is wrong is said with the flag",
        arguments: [
            (["--silence", "symbol"], "--silence symbol: column 7: expected =, !=, =~ or !~"),
            (["--silence", #"a="""#], "would match every alert"),
            (["--silence", "a=b", "--for", "0"], "--for 0: must be"),
            (["--silence", "a=b", "--for", "99999d"], "--for: must be more than 0 and at most 3650d"),
            (["--for", "2h"], "--for: belongs to --silence"), (["--by", "anna"], "--by: belongs to --silence"),
            (["--silence"], "--silence needs a value"), (["--unsilence"], "--unsilence needs a value"),
        ])
    func usage(arguments: [String], wanted: String) throws {
        guard case .usage(let problems) = parse(arguments) else {
            Issue.record("it is taken")
            return
        }
        #expect(problems.count == 1 && problems[0].contains(wanted), "\(problems)")
    }

    @Test("the table has its columns below each other, and no control character of somebody else's")
    func table() {
        let noon = AlertMaker.noon
        let silences = [
            Silence(id: "1", matchers: "a=b", from: noon, until: noon + 1_000, by: "x\u{1B}[2J"),
            Silence(id: "22", matchers: "c=d", from: noon + 5_000, until: noon + 9_000, by: ""),
        ]
        #expect(
            SilenceCommand.table(silences, at: noon) == """
                ID  STATE    FROM                  UNTIL                 BY     MATCHERS
                1   active   2025-11-21T12:00:00Z  2025-11-21T12:00:01Z  x [2J  a=b
                22  pending  2025-11-21T12:00:05Z  2025-11-21T12:00:09Z         c=d

                """)
    }
}
