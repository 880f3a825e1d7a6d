import CryptoCore
import Foundation
import ServiceKit
import System
import TestSupport
import Testing

@Suite("The log")
struct LogTests {
    private let written = Written()

    private func log(_ minimum: Log.Level = .info, wallMs: Int64 = 0) -> Log {
        let written = written
        return Log(service: "sampler", minimum: minimum, clock: ManualClock(wallMs: wallMs)) { written.append($0) }
    }

    @Test("a line has time, level, service, sentence and pairs")
    func line() {
        log(wallMs: 1_769_860_800_123).info("connected", ["broker": "localhost:9092", "count": 5, "ratio": 0.5])
        #expect(
            written.all == ["2026-01-31T12:00:00.123Z info sampler connected broker=localhost:9092 count=5 ratio=0.5"])
    }

    @Test(
        "a value that is not one plain word is quoted, so that a line stays a line",
        arguments: [
            ("", "\"\""), ("a b", "\"a b\""), ("a=b", "\"a=b\""), ("a\"b", #""a\"b""#), ("a\\b", #""a\\b""#),
            ("a\nb", #""a\nb""#), ("\u{1b}[31m", #""\u001b[31m""#), ("é", "é"), ("a\u{2028}b", "\"a\u{2028}b\""),
            ("mongodb://u:secret@h", "mongodb://u:***@h"), ("\u{0}", #""\u0000""#),
        ])
    func quoting(value: String, shown: String) {
        log().warning("odd value", ["value": value])
        #expect(written.all == ["1970-01-01T00:00:00.000Z warning sampler odd value value=\(shown)"])
    }

    @Test("what matters less than the minimum is not written, nor are its fields computed")
    func levels() {
        func unused() -> Log.Fields {
            Issue.record("fields of a line that is not written")
            return [:]
        }
        log(.warning).info("x", unused())
        log(.info).debug("x", unused())
        log(.error).error("e")
        log(.debug).debug("d")
        #expect(written.all.map { $0.split(separator: " ")[1] } == ["error", "debug"])
        #expect(Log.Level.allCases.map(\.name) == ["error", "warning", "info", "debug"])
        #expect(Log.Level.allCases.allSatisfy { Log.Level(name: $0.name) == $0 })
        #expect(Log.Level(name: "loud") == nil)
    }

    @Test("times agree with Foundation's, before 1970 too")
    func times() throws {
        let formatter = ISO8601DateFormatter()
        formatter.formatOptions = [.withInternetDateTime, .withFractionalSeconds]
        for day in stride(from: Int64(-100_000), to: 400_000, by: 397) {
            let ms = day * 86_400_000 + (day & 0xffff) * 1321
            #expect(UTCTime.text(ms: ms) == formatter.string(from: Date(timeIntervalSince1970: Double(ms) / 1000)))
        }
        #expect(UTCTime.text(ms: 253_402_300_800_000) == "10000-01-01T00:00:00.000Z")
    }

    @Test("of many equal events the first and then each thousandth is due")
    func everyNth() {
        let one = EveryNth(1000)
        #expect((1...3500).filter { _ in one.isDue() }.count == 4)
        let batches = EveryNth(1000)
        #expect([1, 998, 1, 1, 5000, 0].map { batches.isDue(adding: $0) } == [true, false, true, false, true, false])
    }

    @Test("a progress line is rewritten on a terminal at a bounded pace, and log lines go above it")
    func progressOnTerminal() {
        let (written, clock) = (written, ManualClock(wallMs: 0))
        let output = ErrorOutput(isTerminal: true) { written.append(String(decoding: $0, as: UTF8.self)) }
        let log = Log(service: "s", clock: clock) { output.write(line: $0) }
        var progress = ProgressLine(log: log, clock: clock, output: output, terminalMs: 250)
        for tick in 0..<1000 {
            progress.update(text: "tick \(tick)", fields: [:])
            clock.advance(ms: 1)
        }
        log.info("hello")
        progress.finish()
        log.info("end")
        #expect(
            written.all == [
                "\r\u{1b}[Ktick 0", "\r\u{1b}[Ktick 250", "\r\u{1b}[Ktick 500", "\r\u{1b}[Ktick 750",
                "\r\u{1b}[K1970-01-01T00:00:01.000Z info s hello\ntick 750", "\n",
                "1970-01-01T00:00:01.000Z info s end\n",
            ])
    }

    @Test("elsewhere progress is a log line now and then")
    func progressElsewhere() {
        let clock = ManualClock(wallMs: 0)
        let output = ErrorOutput(isTerminal: false) { _ in Issue.record("nothing is rewritten") }
        var progress = ProgressLine(log: log(), clock: clock, output: output, plainMs: 10_000)
        for tick in 0..<25_000 {
            progress.update(text: "", fields: ["ticks": tick])
            clock.advance(ms: 1)
        }
        progress.finish()
        #expect(written.all.map { $0.split(separator: " ").last } == ["ticks=0", "ticks=10000", "ticks=20000"])
    }
}
