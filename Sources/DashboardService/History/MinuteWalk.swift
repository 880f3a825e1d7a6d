internal import CryptoCore
internal import HTTPServer
internal import Storage
internal import Synchronization
internal import System

/// Goes through the final minutes of many series behind everybody else's back: one page is one question in the background.
final class MinuteWalk: Sendable {
    /// How a walk ended.
    enum Outcome: Equatable, Sendable {
        /// All minutes were told.
        case whole
        /// The store was away; says why. What was told before stays true.
        case away(String)
    }

    private struct Place {
        /// Those still to be read, the next one last; nil before the store was asked which there are.
        var series: [Series]?
        var cursor: StoreCursor?
    }

    private static let pageRows = 5_000

    private let readers: ReaderPool
    private let span: Range<Int64>
    private let tell: @Sendable (Series, [Candle]) -> Void
    private let end: @Sendable (Outcome) -> Void
    private let place: Mutex<Place>

    init(
        _ readers: ReaderPool, _ series: [Series]?, _ span: Range<Int64>,
        tell: @escaping @Sendable (Series, [Candle]) -> Void, end: @escaping @Sendable (Outcome) -> Void
    ) {
        self.readers = readers
        self.span = span
        self.tell = tell
        self.end = end
        place = Mutex(Place(series: series.map { $0.reversed() }))
    }

    /// Asks for the next page.
    func goOn() {
        let job = StoreJob(
            isWanted: { true },
            run: { [self] reader throws(StoreError) in
                if try step(reader) { end(.whole) } else { goOn() }
            },
            fail: { [self] failure in
                switch failure {
                case .badQuestion(let reason): end(.away(reason))
                case .away(let state): end(.away(state.reason ?? ""))
                case .busy: end(.away("too many other questions wait"))
                case .notWanted, .closed: end(.away("the dashboard stops"))
                }
            })
        readers.askInBackground(job)
    }

    /// Reads and tells a page.
    /// - Returns: whether it was the last.
    private func step(_ reader: any StoreReader) throws(StoreError) -> Bool {
        var now = place.withLock { $0 }
        if now.series == nil { now.series = try reader.series(in: .windows).reversed() }
        guard let series = now.series?.last else { return true }
        var query = try CandlesQuestion.query(series, .minutes)
        (query.from, query.to, query.limit) = (span.lowerBound, span.upperBound, MinuteWalk.pageRows)
        var page = RowPage()
        try reader.read(query, after: now.cursor, into: &page)
        let candles = (0..<page.count).compactMap { Candle(minute: $0, of: page) }
        now.cursor = page.hasMore ? page.cursor : nil
        if !page.hasMore { now.series?.removeLast() }
        let after = now
        place.withLock { $0 = after }
        if !candles.isEmpty { tell(series, candles) }
        return after.series?.isEmpty ?? true
    }
}
