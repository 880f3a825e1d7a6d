import CryptoCore
import Feeds
import TestSupport
import Testing

/// A market, a stream that breaks and a REST interface that may fail, all of it drawn.
private struct RecallWorld {
    var random: SplitMix64
    var recaller: Recaller
    /// The next trade that the stream tells.
    private var told = 0
    private var awayMs: Int64 = 0
    private var answers: [(dueMs: Int64, response: VenueResponse?)] = []
    private let limit: Int
    private let lagMs: Int64
    private let faults: Double
    private let perMs: Double
    /// Whether the stream tells trades again, also such as it has not told before.
    let tellsOldTrades: Bool

    /// - Parameter limit: trades in an answer; given, nothing fails.
    init(seed: UInt64, limit: Int? = nil) {
        random = SplitMix64(seed: seed)
        self.limit = limit ?? Int.random(in: 2...120, using: &random)
        lagMs = seed % 3 == 0 ? Int64.random(in: 0...600, using: &random) : 0
        faults = seed % 5 < 2 && limit == nil ? 0.3 : 0
        perMs = Double.random(in: 0.002...0.3, using: &random)
        tellsOldTrades = seed % 2 == 1
        recaller = Recaller(BybitBook(seed % 4 < 2 ? .spot : .linear))
    }

    private mutating func chance(_ part: Double) -> Bool { Double.random(in: 0..<1, using: &random) < part }

    mutating func step(isCalm: Bool = false) throws {
        let nowMs = recaller.clockMs
        while chance(perMs * 2) { recaller.book.happen(atMs: Recaller.wall + nowMs, &random) }
        let count = recaller.book.trades.count
        if recaller.openedMs != nil {
            if !isCalm, chance(0.005) {
                recaller.lose()
                awayMs = Int64.random(in: 1...(chance(0.2) ? 9_000 : 1_500), using: &random)
            } else if told < count {
                try recaller.hear(told..<count)
                told = count
            }
            if tellsOldTrades, count > 3, chance(0.005) {
                let first = Int.random(in: max(0, count - 60)..<count, using: &random)
                try recaller.hear(first..<count)
                told = count
            }
        } else if awayMs > 0 {
            awayMs -= 5
        } else {
            recaller.open()
            told = count
            // The venue rarely sends old trades first.
            if chance(0.3) { try recaller.hear(max(0, count - 2)..<count) }
        }
        if try recaller.step() != nil { ask(count, isCalm: isCalm) }
        while let first = answers.first, first.dueMs <= nowMs {
            answers.removeFirst()
            if let response = first.response {
                recaller.answer(response)
            } else {
                recaller.backfill.failed("cut", at: recaller.now, into: &recaller.writer, events: &recaller.events)
            }
        }
        recaller.clockMs += 5
    }

    private mutating func ask(_ count: Int, isCalm: Bool) {
        let due = recaller.clockMs + Int64.random(in: 0...200, using: &random)
        let horizon = Recaller.wall + recaller.clockMs - lagMs
        let end = recaller.book.trades.lastIndex { $0.timeMs <= horizon }.map { $0 + 1 } ?? 0
        answers = answers.filter { _ in false }
        guard !isCalm, chance(faults) else {
            return answers.append((due, recaller.book.answer(before: end, limit: limit)))
        }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: answers.append((due, nil))
        case 1: answers.append((due, VenueResponse(status: 500, body: Array("<html>".utf8))))
        case 2: answers.append((due + 5_000, recaller.book.answer(before: end, limit: limit)))
        default:
            answers.append(
                (
                    due,
                    recaller.book.answer(before: end, limit: limit) {
                        $0 = $0.replacing("\"execId\":\"", with: "\"execId\":\"7")
                    }
                ))
        }
    }
}

@Suite("Whatever happens to the stream and to the answers")
struct RecallLawTests {
    @Test("every trade is written once and in order, or lies in a gap", arguments: UInt64(0)..<20)
    func law(seed: UInt64) throws {
        var world = RecallWorld(seed: seed)
        for _ in 0..<2_000 { try world.step() }
        for _ in 0..<2_400 { try world.step(isCalm: true) }
        let recaller = world.recaller
        #expect(recaller.writer.continuity.pendingTrades == 0 && recaller.writer.continuity.holes.isEmpty)
        #expect(Set(recaller.ids).count == recaller.ids.count, "doubled")
        let places = Dictionary(
            uniqueKeysWithValues: recaller.book.trades.enumerated().map { ($1.id, $0) })
        var last = -1
        var gaps: [Tick.Gap] = []
        for tick in recaller.ticks {
            if let gap = tick.gap { gaps.append(gap) }
            guard let trade = tick.trade else { continue }
            let place = try #require(places[trade.tradeID])
            // What the venue sends again may have been given up before.
            let isStraggler = gaps.contains { $0.from <= tick.eventTime && tick.eventTime <= $0.to }
            #expect(place > last || isStraggler, "\(place) behind \(last)")
            last = max(last, place)
        }
        let known = Set(recaller.ids)
        let first = try #require(recaller.ids.first.flatMap { places[$0] })
        for trade in recaller.book.trades[first...] where !known.contains(trade.id) {
            #expect(recaller.gaps.contains { $0.from <= trade.timeMs && trade.timeMs <= $0.to }, "lost")
        }
    }

    @Test("where the answers reach back far enough, no absence leaves a gap", arguments: UInt64(0)..<4)
    func whole(seed: UInt64) throws {
        var world = RecallWorld(seed: seed, limit: 1_000)
        for _ in 0..<2_000 { try world.step() }
        #expect(world.recaller.events.contains { if case .filled = $0 { true } else { false } })
        // A stream that is lost twice at once leaves one, and an absence of more than 3 s is announced.
        #expect(world.recaller.reasons.isEmpty)
    }
}
