internal import CryptoCore

/// Holds what is on the ticks topic against what happened at the exchanges.
///
/// Every trade from the first subscription of its series on has to be there exactly once, as it was, or its time has to lie in
/// a gap record of its series. Both ends of a gap count as inside, `gap_to` too: a gap ends at the event time of the trade that
/// ended it, in whole milliseconds, and trades of the same millisecond before that one were missed with the others.
public struct FeedJudge {
    /// What became of one source's trades.
    public struct Row: Equatable, Sendable {
        public var source = ""
        /// From the first subscription of each series on.
        public var happened = 0
        /// Of these, those on the topic.
        public var onKafka = 0
        public var backfilled = 0
        /// Not on the topic, but inside a gap.
        public var insideGaps = 0
        public var gaps = 0
        /// What all gaps cover from the first subscription on, in the series where they cover most. *Units*: s.
        public var gapSeconds = 0
        /// Records too many.
        public var repeated = 0
        /// Records too many whose first copy another process wrote, which was killed.
        public var repeatedAfterKill = 0
        public var lost = 0
        /// Not as it was, never happened, out of order, or no tick at all.
        public var wrong = 0
    }

    private struct Entry {
        var id: Int64
        var price: Double
        var quantity: Double
        var eventTime: Int64
        var ingestTime: Int64
        var side: Side?
        var isBackfilled: Bool
        var isGap: Bool
    }

    /// When producers were killed without warning. *Units*: ms since the epoch.
    private let kills: [Int64]
    private var entries: [Series: [Entry]] = [:]
    private var names: [[UInt8]: (series: Series, dialect: (any ExchangeDialect)?)] = [:]
    private let dialects: [String: any ExchangeDialect]
    private(set) var malformed: [String: Int] = [:]
    /// What is wrong, by example.
    public private(set) var findings: [String] = []

    public init(kills: [Int64] = []) {
        self.kills = kills.sorted()
        dialects = Dictionary(uniqueKeysWithValues: SimulatedVenue.allCases.map { ($0.source, $0.dialect) })
    }

    /// Takes one record; those of a series in the order in which they are on the topic.
    public mutating func read(key: [UInt8], value: RawSpan) {
        let known = names[key] ?? name(key)
        guard let known, let view = try? TickView(decoding: value),
            Array("\(view.source.string(in: value)):\(view.symbol.string(in: value))".utf8) == key
        else {
            let source = known?.series.source ?? "?"
            malformed[source, default: 0] += 1
            return note(
                "malformed record of \(String(decoding: key, as: UTF8.self)): "
                    + value.withUnsafeBytes { String(decoding: $0, as: UTF8.self) })
        }
        var entry = Entry(
            id: -1, price: view.price, quantity: view.quantity, eventTime: view.eventTime,
            ingestTime: view.ingestTime, side: view.side, isBackfilled: view.isBackfilled, isGap: view.kind == .gap)
        switch view.kind {
        case .quote: return
        case .gap: (entry.eventTime, entry.ingestTime) = (view.gapFrom, view.gapTo)
        case .trade: entry.id = known.dialect?.id(of: view.tradeID.string(in: value)) ?? -1
        }
        entries[known.series, default: []].append(entry)
    }

    /// The verdict on one exchange.
    public mutating func judge(_ venue: SimulatedVenue, _ market: Market) -> Row {
        var row = Row(source: venue.source, wrong: malformed[venue.source] ?? 0)
        for symbol in market.symbols.indices {
            judge(Series(source: venue.source, symbol: market.symbols[symbol]), venue, market, symbol, &row)
        }
        return row
    }

    // MARK: Parts

    private mutating func name(_ key: [UInt8]) -> (series: Series, dialect: (any ExchangeDialect)?)? {
        guard let series = Series(String(decoding: key, as: UTF8.self)) else { return nil }
        names[key] = (series, dialects[series.source])
        return names[key]
    }

    private mutating func note(_ finding: String) {
        if findings.count < 40 { findings.append(finding) }
    }

    private mutating func judge(
        _ series: Series, _ venue: SimulatedVenue, _ market: Market, _ symbol: Int, _ row: inout Row
    ) {
        let trades = market.trades(of: symbol, from: 0)
        let entries = entries[series] ?? []
        let gaps = Gaps(entries.filter(\.isGap).map { $0.eventTime...max($0.eventTime, $0.ingestTime) })
        let heardFrom = market.heardFrom(of: symbol) ?? trades.count
        // By trade the ingest time of its last copy.
        var seen = [Int64?](repeating: nil, count: trades.count)
        var lastID = Int64.min
        var lastIngest = Int64.min
        for entry in entries {
            guard !entry.isGap else {
                row.gaps += 1
                lastID = .min
                continue
            }
            let place = Int(entry.id - market.firstID)
            guard trades.indices.contains(place), Self.isSame(entry, trades[place]) else {
                row.wrong += 1
                let truth = trades.indices.contains(place) ? "\(trades[place])" : "nothing"
                note("\(series): on the topic \(entry), in truth \(truth)")
                continue
            }
            if let first = seen[place] {
                let isExcused = wasKilled(between: first, and: entry.ingestTime)
                if isExcused { row.repeatedAfterKill += 1 } else { row.repeated += 1 }
                if !isExcused {
                    note("\(series): trade \(entry.id) is there again, ingested \(first) and \(entry.ingestTime)")
                }
            } else if entry.id < lastID, !wasKilled(between: lastIngest, and: entry.ingestTime),
                venue.hasHistory || place >= heardFrom && !gaps.contain(entry.eventTime)
            {
                // Who cannot count takes what comes late, of a gap or of the time before.
                row.wrong += 1
                note("\(series): trade \(entry.id) stands behind \(lastID)")
            }
            seen[place] = entry.ingestTime
            lastID = max(lastID, entry.id)
            lastIngest = entry.ingestTime
            if entry.isBackfilled { row.backfilled += 1 }
        }
        count(trades, seen, gaps, series, heardFrom, &row)
    }

    private mutating func count(
        _ trades: [MarketTrade], _ seen: [Int64?], _ gaps: Gaps, _ series: Series, _ heardFrom: Int, _ row: inout Row
    ) {
        var lost: (first: MarketTrade, last: MarketTrade, count: Int)?
        let startMs = trades.indices.contains(heardFrom) ? trades[heardFrom].happenedUs / 1000 : .max
        let coveredMs = gaps.ranges.reduce(0) { $0 + max(0, $1.upperBound - max($1.lowerBound, startMs)) }
        row.gapSeconds = max(row.gapSeconds, Int(coveredMs / 1000))
        for place in trades.indices.dropFirst(heardFrom) {
            row.happened += 1
            if seen[place] != nil {
                row.onKafka += 1
            } else if gaps.contain(trades[place].timeMs) || gaps.contain(trades[place].happenedUs / 1000) {
                row.insideGaps += 1
            } else {
                row.lost += 1
                lost = (lost?.first ?? trades[place], trades[place], (lost?.count ?? 0) + 1)
                continue
            }
            noteLost(&lost, series)
        }
        noteLost(&lost, series)
    }

    /// A run of lost trades is one finding.
    private mutating func noteLost(_ lost: inout (first: MarketTrade, last: MarketTrade, count: Int)?, _ series: Series)
    {
        guard let run = lost else { return }
        note(
            "\(series): lost \(run.count) from id \(run.first.id) to \(run.last.id), "
                + "which happened \(run.first.happenedUs / 1000) to \(run.last.happenedUs / 1000), as the venue says "
                + "\(run.first.timeMs) to \(run.last.timeMs)")
        lost = nil
    }

    private func wasKilled(between first: Int64, and second: Int64) -> Bool {
        kills.contains { first <= $0 && $0 <= second }
    }

    private static func isSame(_ entry: Entry, _ trade: MarketTrade) -> Bool {
        entry.price == trade.price && entry.quantity == trade.quantity && entry.eventTime == trade.timeMs
            && entry.side == (trade.isBuy ? .buy : .sell)
    }
}

/// Times that gap records cover, overlapping ones merged.
private struct Gaps {
    private(set) var ranges: [ClosedRange<Int64>] = []

    init(_ all: [ClosedRange<Int64>]) {
        for range in all.sorted(by: { $0.lowerBound < $1.lowerBound }) {
            if let last = ranges.last, range.lowerBound <= last.upperBound {
                ranges[ranges.count - 1] = last.lowerBound...max(last.upperBound, range.upperBound)
            } else {
                ranges.append(range)
            }
        }
    }

    func contain(_ time: Int64) -> Bool {
        var (low, high) = (0, ranges.count)
        while low < high {
            let middle = (low + high) / 2
            if ranges[middle].upperBound < time { low = middle + 1 } else { high = middle }
        }
        return low < ranges.count && ranges[low].contains(time)
    }
}
