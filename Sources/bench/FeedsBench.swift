import CryptoCore
import Feeds
import Glibc
import ServiceKit

/// `bench feeds`: frames in, ticks out, in process, on one core.
///
/// A venue's frames are decoded over and over, each time with new trade ids, by its decoder through a `TickWriter` as the
/// producer sets it up: repeats are looked for, by a table of the newest ids (Bybit) or by the ids' numbers (the others).
/// Timed is from the frame's bytes to the tick's bytes; receiving, TLS and Kafka are not in it.
struct FeedsBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "feeds", summary: "Measures exchanges' frames to ticks in process, on one core.",
            flags: [data, roundCount, tradeCount],
            examples: ["bench feeds", "bench feeds --data recordings --rounds 30"]),
        run: { FeedsBench($0).run() })
    private static let data = Flag.text(
        "data", value: "DIR",
        help: "recordings to take the frames from; else they are made up, in the shapes documented")
    private static let roundCount = Flag.integer(
        "rounds", 1...10_000, default: 15, help: "how often to measure each venue")
    private static let tradeCount = Flag.integer(
        "trades", 1_000...100_000_000, default: 200_000, help: "how many trades a round")

    private let folder: String?
    private let rounds: Int
    private let trades: Int

    private init(_ settings: Settings) {
        let shared = getenv("CRYPTO_SHARED").map { String(cString: $0) + "/data" }
        folder = settings[FeedsBench.data] ?? shared
        rounds = settings[FeedsBench.roundCount]
        trades = settings[FeedsBench.tradeCount]
    }

    private func run() {
        print("feeds: \(rounds) rounds of \(trades) trades a venue, one core, median and best round")
        print("  venue      frames              bytes/frame  trades/frame   us/trade    best  trades/s a core")
        for venue in VenueFrames.all {
            let (frames, origin) = venue.frames(folder: folder, trades: 2_000)
            let lap = FrameLap(frames, names: venue.names)
            let ns =
                switch venue.name {
                case "bybit": measure(Bybit(.spot, anySymbol: true), lap)
                case "binance": measure(Binance(anySymbol: true), lap)
                case "coinbase": measure(Coinbase(anySymbol: true), lap)
                default: measure(Kraken(anySymbol: true), lap)
                }
            let times = ns.sorted()
            let median = times[times.count / 2]
            print(
                "  \(venue.name.leftAligned(10)) \("\(lap.frames.count) \(origin)".leftAligned(18))"
                    + "\(lap.bytes / lap.frames.count)".rightAligned(13)
                    + fixed(Double(lap.trades) / Double(lap.frames.count), 2).rightAligned(14)
                    + fixed(median / 1000, 3).rightAligned(11) + fixed(times[0] / 1000, 3).rightAligned(8)
                    + "\(Int(1e9 / median))".rightAligned(17))
        }
    }

    /// CPU time a trade of each round. *Units*: ns.
    private func measure(_ venue: some StreamVenue, _ lap: FrameLap) -> [Double] {
        var run = VenueRun(venue, lap)
        run.play()
        return (0..<rounds).map { _ in
            var spent = 0.0
            var done = 0
            while done < trades {
                let (ns, count) = run.play()
                spent += ns
                done += count
            }
            return spent / Double(done)
        }
    }

    private func fixed(_ number: Double, _ places: Int) -> String {
        let scale = [1.0, 10, 100, 1000][places]
        let whole = Int((number * scale).rounded())
        let digits = String(whole % Int(scale))
        return "\(whole / Int(scale))." + String(repeating: "0", count: places - digits.utf8.count) + digits
    }
}

/// A decoder with its writer and frames.
private struct VenueRun<Venue: StreamVenue> {
    private var venue: Venue
    private var writer: TickWriter
    private var lap: FrameLap
    private var isFollowing = false
    /// After every recording, so that no event is ahead of its arrival.
    private let receivedMs: Int64 = 1_800_000_000_000

    init(_ venue: Venue, _ lap: FrameLap) {
        self.venue = venue
        self.lap = lap
        // As the producer has it: numbers need no table.
        writer = TickWriter(remembering: venue is Bybit ? 1 << 16 : 0)
    }

    /// Plays one lap and returns its CPU time in ns, and how many trades it had.
    @discardableResult
    mutating func play() -> (ns: Double, trades: Int) {
        lap.advance()
        let before = writer.counters.ticks - writer.counters.gaps
        let ns = ProcessStatus.cpuNs {
            for frame in lap.frames {
                _ = try? venue.decode(frame.span.bytes, receivedMs: receivedMs, into: &writer)
            }
            _ = writer.continuity.settle(nowMs: receivedMs)
        }
        writer.batch.removeAll()
        let trades = writer.counters.ticks - writer.counters.gaps - before
        precondition(trades == lap.trades, "\(trades) of \(lap.trades) trades were written")
        follow()
        return (ns, trades)
    }

    /// From the second lap on every market has its series: those with numbers are followed by them, the others may be asked about.
    private mutating func follow() {
        if isFollowing { return }
        isFollowing = true
        for id in (0..<writer.series.count).map({ SeriesID(index: Int32($0)) }) {
            if venue is Bybit {
                _ = writer.continuity.followNewest(id, after: nil, nowMs: receivedMs)
            } else {
                writer.continuity.follow(id, after: nil, nowMs: receivedMs)
            }
        }
    }
}
