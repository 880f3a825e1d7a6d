internal import CryptoCore
internal import Feeds
internal import Synchronization

/// What one feed has done so far, for the progress line and the summary. *Thread*: any.
final class FeedStatus: Sendable {
    struct Snapshot: Sendable {
        var counters = TickWriter.Counters()
        var fate = TickFate()
        /// Lines and frames that could not be read.
        var badCount = 0
        var prices: [Series: Double] = [:]

        /// Ticks that did not get out, whatever became of them.
        var undelivered: Int { counters.ticks - fate.delivered }
        /// Those of them that still may; fewer where the disk has lost ticks, whose gaps went out in their place.
        var waiting: Int { max(0, undelivered - fate.lost - fate.refused) }
    }

    let source: SourceName
    /// The source's name, and which of its connections where it has several: `bybit`, `bybit-2`.
    let name: String
    private let state = Mutex(Snapshot())

    init(_ source: SourceName, connection: Int = 0) {
        self.source = source
        name = connection == 0 ? source.rawValue : "\(source.rawValue)-\(connection + 1)"
    }

    var snapshot: Snapshot { state.withLock { $0 } }

    func change(_ body: (inout sending Snapshot) -> Void) { state.withLock { body(&$0) } }
}

/// What became of the ticks that were handed to a sender; the others wait.
struct TickFate: Sendable {
    /// Kafka has them.
    var delivered = 0
    /// They were dropped for lack of room, or the disk has lost them.
    var lost = 0
    /// Kafka refused them for good.
    var refused = 0
}

/// The last price of each series, for the progress line: a person looks once a second, so that no tick is decoded more often.
struct LastPrices {
    /// A price is taken no sooner after the one before. *Units*: ms.
    private static let spacingMs: Int64 = 1_000

    private(set) var prices: [Series: Double] = [:]
    /// When each series' price was taken, by its index. *Units*: ms, monotonic.
    private var takenMs: [Int64] = []

    /// Takes what is due of the newest ticks that are about to be sent; true when there was any.
    mutating func take(_ writer: borrowing TickWriter, nowMs: Int64) -> Bool {
        while takenMs.count < writer.series.count { takenMs.append(.min / 2) }
        var hasTaken = false
        for entry in writer.batch.entries.suffix(64).reversed() where entry.kind != .gap {
            guard nowMs - takenMs[Int(entry.series.index)] >= LastPrices.spacingMs else { continue }
            let price = writer.batch.withBytes(of: entry) { (try? TickView(decoding: $0))?.price }
            guard let price else { continue }
            takenMs[Int(entry.series.index)] = nowMs
            prices[writer.series[entry.series]] = price
            hasTaken = true
        }
        return hasTaken
    }
}
