import CryptoCore
import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

@Suite("What the producer costs", .serialized, .waiting)
struct ProducerCostTests {
    /// As long as it takes for a share of a core to be told from a start and a ten-millisecond tick of the scheduler.
    private static let watchedMs = 2_000

    @Test("a broker that is slow to answer is waited for without turning in circles")
    func slowBroker() throws {
        let broker = try EmbeddedBroker()
        let prefix = Servers.freshPrefix()
        try broker.createTopic(Topic.ticks.name(prefix: prefix), partitions: 2)
        let producer = try ChildProcess.service(
            "producer",
            [
                "--brokers", broker.bootstrap, "--prefix", prefix, "--source", "synthetic", "--rate", "1000", "--http",
                "127.0.0.1:0",
            ])
        #expect(waitUntil(seconds: 20) { producer.errorsSoFar.contains("progress") || ticks(of: producer) > 20 })
        try broker.setRoundTrip(ms: 60)
        let before = ticks(of: producer)
        let start = ContinuousClock.now
        let end = start + .milliseconds(Self.watchedMs)
        #expect(waitUntil(seconds: 20) { ContinuousClock.now > end })
        let share = Double(ticks(of: producer) - before) / 100 / ((ContinuousClock.now - start) / .seconds(1))
        producer.signal(SIGTERM)
        #expect(try producer.wait(seconds: 20).status == 0)
        // 0.03 on an idle machine; spinning takes all that the machine has to give.
        #expect(share < 0.15, "it took \(share) of a core")
    }

    /// Processor time so far. *Units*: hundredths of a second.
    private func ticks(of process: ChildProcess) -> Int {
        let stat = (try? String(contentsOfFile: "/proc/\(process.pid)/stat", encoding: .utf8)) ?? ""
        let fields = (stat.components(separatedBy: ") ").last ?? "").split(separator: " ")
        return fields.count > 12 ? (Int(fields[11]) ?? 0) + (Int(fields[12]) ?? 0) : 0
    }
}
