import CryptoCore
import KafkaClient
import ProcessorService
import ServiceKit
import ServiceRuntime
import Synchronization
import System

/// `bench latency`: how long windows take from their end to a reader, and ticks to their live window, at a steady rate.
///
/// A generator writes trades stamped with the clock, the real processor runs on them, and a reader of what is committed looks at
/// the clock when a window arrives: all in one process on one clock.
struct LatencyBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "latency", summary: "Measures the time from a window's end to its record at a reader.",
            flags: [rate, seconds, lateness, slide] + BenchTopic.flags,
            examples: ["bench latency --brokers localhost:9092", "bench latency --rate 50000 --seconds 300 --slide 1s"]),
        run: { try LatencyBench(topic: BenchTopic($0), settings: $0).run() })
    private static let rate = Flag.integer(
        "rate", 1...1_000_000, default: 5000, help: "ticks a second, all series together")
    private static let seconds = Flag.integer(
        "seconds", 5...86_400, default: 60, help: "how long to measure, after a warm-up")
    private static let lateness = Flag.duration(
        "lateness", atLeastMs: 0, orZero: true, default: "0",
        help: "the processor's allowed lateness: a final window waits for it")
    private static let slide = Flag.duration("slide", atLeastMs: 1, default: "10s", help: "the processor's slide")
    private static let warmUpMs: Int64 = 5_000

    let topic: BenchTopic
    let settings: Settings

    private func run() throws {
        try topic.delete(ticks: true)
        defer { try? topic.delete(ticks: true) }
        let stop = StopFlag()
        let lateness = Durations.text(milliseconds: settings[LatencyBench.lateness])
        let slide = Durations.text(milliseconds: settings[LatencyBench.slide])
        let processor = try ProcessorLayer.configuration(
            topic, ["--lateness", lateness, "--slide", slide, "--idle-timeout", "0"])
        let context = ProcessorLayer.context(processor.common, stop)
        let service = ProcessorService(context, processor.own)
        let thread = Thread(name: "processor", stopping: stop) { try service.run() }
        _ = stop.wait(ms: 60_000) { context.health.isReady }
        let sent = SentTicks(series: settings[BenchTopic.series])
        let place = (rate: settings[LatencyBench.rate], topic: topic.name, kafka: topic.configuration)
        let generator = Thread(name: "generator", stopping: stop) {
            try sent.generate(rate: place.rate, into: place.topic, place.kafka, until: stop)
        }
        let reader = try LatencyReader(topic)
        let clock = SystemClock()
        let start = clock.wallMs() + LatencyBench.warmUpMs
        let end = start + Int64(settings[LatencyBench.seconds]) * 1000
        while clock.wallMs() < end, !stop.isRequested { try reader.poll(sent, since: start) }
        stop.request()
        for thread in [generator, thread] { if case .failed(let error) = thread.join(ms: 10_000) { throw error } }
        print(
            "latency: \(settings[LatencyBench.rate]) ticks/s, \(settings[BenchTopic.series]) series, lateness \(lateness), slide \(slide)"
        )
        print("  final window, from its end to a reader     \(Quantiles(reader.finals).text)")
        print("  tick, to its live window (or its minute)     \(Quantiles(reader.ticks).text)")
    }
}

/// Trades written at a steady rate, and when those were that no window has shown yet.
private final class SentTicks: Sendable {
    private let times: Mutex<[[Int64]]>
    private let series: [Series]

    init(series count: Int) {
        series = (0..<count).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
        times = Mutex(Array(repeating: [], count: count))
    }

    func generate(rate: Int, into name: String, _ kafka: KafkaConfiguration, until stop: StopFlag) throws {
        let producer = try KafkaProducer(kafka, onLog: ignoreLog)
        let topic = try producer.topic(name)
        let clock = SystemClock()
        let start = clock.monotonicMs()
        var random = SeededRandom(seed: 7)
        var count = 0
        while !stop.isRequested {
            let due = Int(clock.monotonicMs() - start) * rate / 1000
            while count < due {
                let which = Int(random.next() % UInt64(series.count))
                let now = clock.wallMs()
                let trade = Tick.Trade(
                    tradeID: "\(start)-\(count)", price: 65_000 + Double(random.next() % 1000) / 100,
                    quantity: Double(1 + random.next() % 1000) / 1000, side: .buy)
                let tick = Tick(series: series[which], kind: .trade(trade), eventTime: now, ingestTime: now)
                times.withLock { $0[which].append(now) }
                while !(try producer.produce(
                    topic: topic, key: Array(tick.series.description.utf8), value: tick.encoded()))
                {
                    producer.serve(waitMs: 1)
                }
                count += 1
            }
            producer.serve(waitMs: 1)
        }
        _ = try producer.flush(timeoutMs: 1_000)
    }

    /// Takes the times of a series' ticks up to `last` out.
    func take(_ shown: Series, upTo last: Int64) -> [Int64] {
        guard let index = series.firstIndex(of: shown) else { return [] }
        return times.withLock { times in
            let taken = times[index].prefix { $0 <= last }
            times[index].removeFirst(taken.count)
            return Array(taken)
        }
    }
}

/// Reads windows as any reader of what is committed does.
private final class LatencyReader {
    private let consumer: KafkaConsumer
    /// ms.
    private(set) var finals: [Int64] = []
    private(set) var ticks: [Int64] = []

    init(_ topic: BenchTopic) throws {
        consumer = try KafkaConsumer(topic.configuration, group: nil, onLog: ignoreLog)
        let topics: [Topic] = [.tumbling, .sliding, .live]
        try consumer.assign(topics.flatMap { topic.partitions(of: $0) }.map { PartitionOffset($0, offset: 0) })
    }

    /// Notes what arrived, of windows that ended and ticks that were sent after `start`.
    func poll(_ sent: SentTicks, since start: Int64) throws {
        _ = try consumer.take { record in
            guard let value = record.value?.bytes, let window = try? WindowAggregate(decoding: value) else { return }
            let now = SystemClock().wallMs()
            if window.isFinal, window.windowEnd >= start { finals.append(now - window.windowEnd) }
            // A minute's last ticks are in its final window.
            guard !window.isFinal || window.type == .tumbling else { return }
            for time in sent.take(window.series, upTo: window.lastTime) where time >= start { ticks.append(now - time) }
        }
    }
}
