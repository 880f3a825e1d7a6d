import CryptoCore
import Feeds
import KafkaClient
import ProducerService
import ServiceKit
import ServiceRuntime
import System

/// `bench feed-latency`: how long a trade takes from its frame to Kafka's acknowledgement, at a steady rate.
///
/// Frames in Bybit's shape, one to three trades each, fall due one by one; decoder, writer and sender are the producer's own, on
/// one thread as there. A trade's time begins when its frame is due, so falling behind counts.
struct FeedLatencyBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "feed-latency", summary: "Measures the time from a frame to Kafka's acknowledgement.",
            flags: [rate, seconds, lingers] + BenchTopic.flags,
            examples: [
                "bench feed-latency --brokers localhost:9092", "bench feed-latency --rate 50000 --lingers 0 1 5",
            ]),
        run: { settings in
            for linger in settings[lingers] {
                try FeedLatencyBench(topic: BenchTopic(settings), settings: settings).run(linger)
            }
        })
    private static let rate = Flag.integer(
        "rate", 1...1_000_000, default: 5000, help: "trades a second, all series together")
    private static let seconds = Flag.integer(
        "seconds", 1...86_400, default: 30, help: "how long to measure, after a warm-up")
    private static let lingers = Flag.list(
        "lingers", value: "MS", default: "1", help: "librdkafka's linger.ms, one run for each")
    private static let warmUpNs: Int64 = 3_000_000_000

    let topic: BenchTopic
    let settings: Settings

    private func run(_ linger: String) throws {
        try topic.delete(ticks: true)
        defer { try? topic.delete(ticks: true) }
        let arguments = topic.words + ["--kafka-config", "linger.ms=\(linger)"]
        guard case .run(let own) = CommandLineParser.parse(ProducerCommand.spec, arguments: arguments) else {
            preconditionFailure("the producer's flags have changed")
        }
        let context = ServiceContext(
            service: "producer", own.common, stop: StopFlag(), log: Log(service: "bench", minimum: .warning))
        guard let partitions = try context.ensureTopics(ProducerService.topics) else { return }
        var frames = MadeFrames(series: settings[BenchTopic.series])
        let sender = try TickSender(
            context, partitions: partitions,
            whenFull: .buffer(DiskQuota(bytes: 1 << 30, folder: "/tmp")))
        let times = FlightTimes(series: settings[BenchTopic.series])
        sender.onDelivered = { times.landed($0) }
        try play(&frames, sender, times)
        print(
            "feed-latency: \(settings[FeedLatencyBench.rate]) trades/s, \(settings[BenchTopic.series]) series, linger.ms \(linger)"
        )
        print("  frame received to acknowledged by Kafka      \(times.text)")
    }

    private func play(_ frames: inout MadeFrames, _ sender: TickSender, _ times: FlightTimes) throws {
        let rate = Double(settings[FeedLatencyBench.rate])
        let start = SystemClock().monotonicNs()
        let measured = start + FeedLatencyBench.warmUpNs
        let end = measured + Int64(settings[FeedLatencyBench.seconds]) * 1_000_000_000
        var due = start
        while due < end {
            while true {
                // As the producer's loop does: what waits for an answer goes when it is there.
                let next = SystemClock().monotonicNs() + sender.patienceMs * 1_000_000
                SystemClock().wait(untilNs: min(due, next))
                if next >= due { break }
                try sender.send(&frames.writer)
            }
            let trades = try frames.next(wallMs: SystemClock().wallMs())
            times.left(frames.series, trades, at: due, counts: due >= measured)
            try sender.send(&frames.writer)
            due += Int64(Double(trades) / rate * 1e9)
        }
        try sender.finish()
    }
}

/// Frames as Bybit sends them, through the producer's decoder and writer.
private struct MadeFrames {
    var writer = TickWriter(remembering: 1 << 17)
    /// Of the last frame.
    private(set) var series = SeriesID(index: 0)
    private var bybit = Bybit(.spot, anySymbol: false)
    private let names: [String]
    private var random = SeededRandom(seed: 7)
    private var trades = 0

    init(series count: Int) {
        names = (0..<count).map { "C\($0)" }
        for name in names { bybit.add(symbol: "\(name)-USDT", to: &writer) }
    }

    /// Decodes the next frame; how many trades are in it.
    mutating func next(wallMs: Int64) throws(DecodeError) -> Int {
        let which = Int(random.next() % UInt64(names.count))
        series = SeriesID(index: Int32(which))
        let count = Int(1 + random.next() % 3)
        var text = #"{"topic":"publicTrade.\#(names[which])USDT","ts":\#(wallMs),"type":"snapshot","data":["#
        for n in 0..<count {
            trades += 1
            text += n > 0 ? "," : ""
            text +=
                #"{"i":"\#(2_280_000_000_000_000_000 + trades)","T":\#(wallMs),"p":"65114.\#(10 + trades % 90)","v":"0.04537","S":"Buy","seq":178477362706,"s":"\#(names[which])USDT","BT":false,"RPI":false}"#
        }
        text += "]}"
        let frame = Array(text.utf8)
        let message = try bybit.decode(frame.span.bytes, receivedMs: wallMs, into: &writer)
        precondition(message == .data(added: count), "the frame was not decoded")
        return count
    }
}

/// How long each trade was under way: those of a series land in the order in which they left.
private final class FlightTimes {
    /// When they left, ns; negative for those that do not count.
    private var flying: [[Int64]]
    private var landed: [Int]
    private var times: [Int64] = []

    init(series count: Int) {
        flying = Array(repeating: [], count: count)
        landed = Array(repeating: 0, count: count)
    }

    func left(_ series: SeriesID, _ trades: Int, at ns: Int64, counts: Bool) {
        for _ in 0..<trades { flying[Int(series.index)].append(counts ? ns : -1) }
    }

    func landed(_ series: SeriesID) {
        let index = Int(series.index)
        let left = flying[index][landed[index]]
        landed[index] += 1
        if left >= 0 { times.append(SystemClock().monotonicNs() - left) }
    }

    var text: String {
        let sorted = times.sorted()
        guard let last = sorted.last else { return "none arrived" }
        func at(_ share: Double) -> String { ms(sorted[Int(Double(sorted.count - 1) * share)]) }
        return "p50 \(at(0.5)) ms, p90 \(at(0.9)) ms, p99 \(at(0.99)) ms, most \(ms(last)) ms (of \(sorted.count))"
    }

    private func ms(_ ns: Int64) -> String { "\(ns / 1_000_000).\(ns / 100_000 % 10)" }
}
