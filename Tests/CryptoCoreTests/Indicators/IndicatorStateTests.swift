import TestSupport
import Testing

@testable import CryptoCore

@Suite("the state of indicators: constant, small, and restored as if nothing had been")
struct IndicatorStateTests {
    private let series = Series(source: "binance-linear", symbol: "1000SHIB-USDT")

    @Test("a restart at any bar changes no record, with many bars a transaction or one", arguments: UInt64(0)..<12)
    func restarts(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let bars = Bars.walk(400, from: 3, seed: seed)
        let undisturbed = bars.records()
        var state = SeriesIndicators(), changelog: [[UInt8]: [UInt8]] = [:]
        var index = 0, stored = 0
        while index < bars.count {
            state.add(bars.minute(index), end: noon + Int64(index + 1) * 60_000, isIncomplete: false)
            #expect(state.record(of: VirtualPartition.bitcoin) == undisturbed[index])
            index += 1
            if rng.chance(0.1) {
                take(&state, into: &changelog)
                stored = index
            }
            if rng.chance(0.05), stored > 0 {
                state = try restored(changelog)
                index = stored
                #expect(state.record(of: VirtualPartition.bitcoin) == undisturbed[index - 1], "its newest record")
            }
        }
    }

    @Test("a series' state takes at most 1,200 bytes, and a minute writes at most 150")
    func sizes() throws {
        var state = SeriesIndicators(), changelog: [[UInt8]: [UInt8]] = [:]
        let bars = Bars.walk(1_000, from: 3, seed: 1)
        for index in 0..<bars.count {
            state.add(bars.minute(index), end: noon, isIncomplete: false)
            let written = take(&state, into: &changelog)
            #expect(written <= 150)
        }
        let memory = MemoryLayout<SeriesIndicators>.size + state.ring.count * MemoryLayout<SeriesIndicators.Bar>.stride
        #expect(memory <= 1_200)
        #expect(changelog.values.reduce(0) { $0 + $1.count } <= 1_200)
        #expect(changelog.count == SeriesIndicators.keptBars + 1)
    }

    @Test("a state of the format before has no indicators; they begin anew")
    func olderFormat() throws {
        var partition = VirtualPartition()
        for minute in 0..<5 { partition.trade(at: noon + Int64(minute) * 60_000) }
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        var restored = PartitionWindows(
            configuration: partition.core.configuration, topic: "crypto.ticks", partition: 7)
        for record in batch.records {
            let key = Array(batch.bytes[record.key])
            guard let name = StateKey(decoding: key) else { throw ChangelogError.malformed(offset: 0) }
            if case .indicators = name { continue }
            if case .bar = name { continue }
            var value = record.value.map { Array(batch.bytes[$0]) }
            if name == .position { value?[0] = 1 }
            try restored.restore(key: key.span.bytes, value: value?.span.bytes, offset: 0)
        }
        restored.finishRestoring()
        partition.core = restored
        partition.output.removeAll()
        partition.trade(at: noon + 400_000)
        #expect(try partition.taken().indicators.map(\.bars) == [1, 2], "the fourth minute and the fifth")
    }

    @Test("bytes that nobody wrote are refused or begin anew, and never crash", arguments: UInt64(0)..<8)
    func damaged(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let bars = Bars.walk(70, from: 3, seed: seed)
        var state = SeriesIndicators(), changelog: [[UInt8]: [UInt8]] = [:]
        for index in 0..<bars.count { state.add(bars.minute(index), end: noon, isIncomplete: false) }
        take(&state, into: &changelog)
        for _ in 0..<Fuzz.rounds(200) {
            var damaged = changelog
            let key = try #require(
                changelog.keys.sorted { $0.lexicographicallyPrecedes($1) }.randomElement(using: &rng))
            if rng.chance(0.2) { damaged[key] = nil } else { rng.damage(&damaged[key, default: []], near: noon) }
            guard var other = try? restored(damaged) else { continue }
            for index in 0..<bars.count { other.add(bars.minute(index), end: noon, isIncomplete: false) }
            for case let value? in try #require(other.record(of: series)).values.values { #expect(value.isFinite) }
        }
    }

    /// Writes what changed, as a compacted topic keeps it; how many bytes that were.
    @discardableResult
    private func take(_ state: inout SeriesIndicators, into changelog: inout [[UInt8]: [UInt8]]) -> Int {
        var batch = ChangelogBatch()
        state.takeChanges(of: series, into: &batch)
        for record in batch.records {
            changelog[Array(batch.bytes[record.key])] = record.value.map { Array(batch.bytes[$0]) }
        }
        return batch.bytes.count
    }

    private func restored(_ changelog: [[UInt8]: [UInt8]]) throws -> SeriesIndicators {
        var state = SeriesIndicators()
        for (key, value) in changelog.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            var reader = ChangelogReader(value)
            switch StateKey(decoding: key) {
            case .indicators: try state.restoreHead(&reader)
            case .bar(_, let place): try state.restoreBar(place, &reader)
            default: throw ChangelogError.malformed(offset: 0)
            }
        }
        state.finishRestoring()
        return state
    }
}
