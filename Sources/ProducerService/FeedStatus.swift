internal import CryptoCore
internal import Feeds
internal import Synchronization

/// What one feed has done so far, for the progress line and the summary. *Thread*: any.
final class FeedStatus: Sendable {
    struct Snapshot: Sendable {
        var ticks = 0
        var gaps = 0
        var duplicates = 0
        var badFrames = 0
        var lost = 0
        var delivered: UInt64 = 0
        var prices: [Series: Double] = [:]
        var isFinished = false
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

/// The last price of each series of a batch, looked for from its end.
func lastPrices(_ writer: TickWriter, limit: Int) -> [Series: Double] {
    var prices: [Series: Double] = [:]
    for entry in writer.batch.entries.suffix(limit).reversed() where entry.kind != .gap {
        let series = writer.series[entry.series]
        guard prices[series] == nil else { continue }
        let price: Double? = writer.batch.withBytes(of: entry) { bytes in
            (try? TickView(decoding: bytes))?.price
        }
        if let price { prices[series] = price }
    }
    return prices
}
