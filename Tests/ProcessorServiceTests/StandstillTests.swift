import CryptoCore
import KafkaClient
import ServiceKit
import System
import TestSupport
import TestTraits
import Testing

@testable import ProcessorService
@testable import ServiceRuntime

@Suite("A processor that a call of librdkafka holds", .waiting)
struct StandstillTests {
    /// Sends trades until the processor has committed some of them; whether it did within the time.
    private func commits(_ bench: Bench, within seconds: Double = 60) throws -> Bool {
        let places = (0..<2).map { TopicPartition(topic: bench.context.topic(.ticks), partition: $0) }
        let before = places.map { bench.report.position(of: $0) }
        return try waitUntil(seconds: seconds) {
            let time = 1_763_719_200_000 + SystemClock().monotonicMs() % 1_000
            try bench.send(Series(source: "bybit", symbol: "BTC-USDT"), id: "\(time)", at: time)
            return places.map { bench.report.position(of: $0) } != before
        }
    }

    @Test(
        "it leaves its process: when Kafka answers all the while, and soon after a stop request",
        arguments: [false, true])
    func held(isStopping: Bool) throws {
        let bench = try Bench(["--idle-timeout", "0"], isStarted: false)
        let left = StopFlag()
        // Longer than librdkafka needs to give up its three questions, so that nobody else's question is among them.
        let answeringMs: Int64 = isStopping ? 1_000_000 : 500
        let limits = LoopWatch.Limits(stillMs: 2_000, answeringMs: answeringMs, stopMs: 500, lookMs: 50) {
            left.request()
        }
        let (context, report) = (bench.context, bench.report)
        let stream = WindowStream(context, bench.configuration, StateQuestions(), onMinutes: nil)
        let thread = Thread(name: "processor") {
            var processor = StreamProcessor(context, stream, instance: nil, report: report)
            processor.limits = limits
            try processor.run()
        }
        #expect(try commits(bench))
        #expect(!left.isRequested)

        // Its coordinator has moved (NOT_COORDINATOR), and three times nobody knows where to (COORDINATOR_NOT_AVAILABLE).
        bench.broker.failNext(apiKey: 10, with: [15, 15, 15])
        bench.broker.failNext(apiKey: 28, with: [16])
        #expect(
            try waitUntil(seconds: 30) {
                _ = try commits(bench, within: 0)
                if isStopping, let stillMs = context.msSinceTurn, stillMs > 2_000 { context.stop.request() }
                return left.isRequested
            })
        #expect(thread.isRunning)

        // Here the process goes on: a connection that comes wakes the call.
        try bench.broker.setReachable(false)
        try bench.broker.setReachable(true)
        #expect(try isStopping || commits(bench))
        context.stop.request()
        guard case .finished = thread.join(ms: 10_000) else { throw Failure("\(thread.join(ms: 0))") }
        try bench.finish()
    }
}
