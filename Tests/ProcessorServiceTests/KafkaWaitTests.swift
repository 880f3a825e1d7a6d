import CryptoCore
import KafkaClient
import ServiceKit
import TestSupport
import TestTraits
import Testing

@testable import ServiceRuntime

@Suite("A processor whose transaction coordinator is away", .waiting)
struct KafkaWaitTests {
    /// librdkafka's own, where the name of a broker does not resolve.
    private static let hostUnknown: Int32 = -193
    /// INVALID_TXN_STATE: what began the transaction never reached the coordinator.
    private static let nothingOpen: Int32 = 48

    /// What its network's cut does: the request that is under way runs out of time, and for the next one the name does not resolve.
    @Test(
        "is ready again, and goes on, when a commit has waited and then had to be aborted",
        arguments: [0, hostUnknown, nothingOpen])
    func aborted(afterAnswering code: Int32) throws {
        let bench = try Bench(["--idle-timeout", "0"])
        let minute: Int64 = 1_763_719_200_000
        let series = Series(source: "bybit", symbol: "BTC-USDT")
        var sent: Int64 = 0
        func commits(_ more: Int) throws -> Bool {
            let wanted = try counter("commits", bench) + more
            return try waitUntil(seconds: 60) {
                sent += 1
                try bench.send(series, id: "\(sent)", at: minute + sent)
                return try counter("commits", bench) >= wanted
            }
        }
        #expect(try commits(1))
        #expect(bench.context.health.isReady)

        // AddOffsetsToTxn is answered later than a call may take, and then not at all; EndTxn with the code.
        // Slow first: a commit of what was sent last may still be on its way, and would take the answers.
        try bench.broker.setRoundTrip(ms: 3_500)
        bench.broker.failNext(apiKey: 25, with: [0, Self.hostUnknown])
        bench.broker.failNext(apiKey: 26, with: [code])
        try bench.send(series, id: "late", at: minute)
        #expect(
            waitUntil(seconds: 60) {
                bench.context.health.reasons["kafka"]?.contains("send_offsets_to_transaction") == true
            })
        try bench.broker.setRoundTrip(ms: 0)

        #expect(try waitUntil(seconds: 60) { try counter("aborts", bench) == 1 })
        #expect(try commits(2))
        #expect(waitUntil(seconds: 10) { bench.context.health.isReady }, "\(bench.context.health.reasons)")
        try bench.finish()
    }

    /// How often the processor says that it did this.
    private func counter(_ what: String, _ bench: Bench) throws -> Int {
        let name = "cryptostream_processor_\(what)_total "
        let line = try bench.get("/metrics").body.split(separator: "\n").first { $0.hasPrefix(name) }
        return Int(line?.dropFirst(name.count) ?? "") ?? 0
    }
}
