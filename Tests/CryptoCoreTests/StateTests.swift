import TestSupport
import Testing

@testable import CryptoCore

@Suite("killed anywhere and restored, a partition goes on as if nothing had been")
struct StateTests {
    private struct Entry {
        var key: [UInt8]
        var value: [UInt8]?
    }

    /// What a broker would hold of the committed changelog, in order; compacted or not.
    private struct Changelog {
        var entries: [Entry] = []

        mutating func append(_ batch: ChangelogBatch) {
            for record in batch.records {
                entries.append(
                    Entry(key: Array(batch.bytes[record.key]), value: record.value.map { Array(batch.bytes[$0]) }))
            }
        }

        /// Only the last record of each key, in the order of these; of some prefix, as a cleaner does it.
        mutating func compact(upTo end: Int, keepingTombstones: Bool) {
            var last: [[UInt8]: Int] = [:]
            for i in 0..<end { last[entries[i].key] = i }
            let kept = (0..<end).filter {
                last[entries[$0].key] == $0 && (keepingTombstones || entries[$0].value != nil)
            }
            entries = kept.map { entries[$0] } + entries[end...]
        }

        func restored(_ configuration: WindowConfiguration) throws -> PartitionWindows {
            var core = PartitionWindows(configuration: configuration, topic: "crypto.ticks", partition: 7)
            for (offset, entry) in entries.enumerated() {
                try core.restore(key: entry.key.span.bytes, value: entry.value?.span.bytes, offset: Int64(offset))
            }
            core.finishRestoring()
            return core
        }
    }

    private func records(_ seed: UInt64, _ count: Int) -> [StreamRecord] {
        var stream = RandomStream(seed: seed)
        if seed % 3 == 0 { stream.faults = 0.3 }
        return (0..<count).map { _ in stream.next() }
    }

    @Test("the outputs are, byte for byte, those of an undisturbed run", arguments: UInt64(0)..<24)
    func killAndReplay(seed: UInt64) throws {
        let slides: [Int64] = [10_000, 60_000, 5_000]
        let configuration = WindowConfiguration(slide: slides[Int(seed % 3)], idleAfterTrade: 0, idleAfterQuote: 0)
        let input = records(seed, Fuzz.rounds(1_500))
        var undisturbed = VirtualPartition(configuration)
        for record in input { undisturbed.add(record.value, key: record.key) }

        var rng = SplitMix64(seed: ~seed)
        var changelog = Changelog(), committed: [String] = [], kills = 0
        var partition = VirtualPartition(configuration)
        var at = 0
        var batch = ChangelogBatch()
        while at < input.count {
            partition.add(input[at].value, key: input[at].key)
            at += 1
            if rng.chance(0.1) { partition.core.takeFullChunks(of: rng.pick([1, 3, 10]), into: &batch) }
            if rng.chance(0.02) || at == input.count {
                // A transaction: outputs, state and offset together.
                committed += partition.takenBytes()
                partition.core.takeChanges(into: &batch)
                changelog.append(batch)
                batch.removeAll()
                if rng.chance(0.2) {
                    let end = Int(rng.int(0...Int64(changelog.entries.count)))
                    changelog.compact(upTo: end, keepingTombstones: rng.chance(0.5) || end < changelog.entries.count)
                }
            }
            if rng.chance(0.01) {
                kills += 1
                partition.core = try changelog.restored(configuration)
                partition.output.removeAll()
                batch.removeAll()
                at = Int(partition.core.nextOffset ?? 0)
            }
        }
        #expect(kills > 2)
        #expect(committed == undisturbed.takenBytes())
    }

    @Test("so are they with holes in the input, and with a clock that steps", arguments: UInt64(60)..<76)
    func killAndReplayHoles(seed: UInt64) throws {
        let configuration = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)
        let input = records(seed, Fuzz.rounds(1_000))
        var rng = SplitMix64(seed: ~seed)
        // Stretches of the input that retention removed.
        var holes: [Int: Int] = [:]
        for _ in 0..<3 { holes[Int(rng.int(1...Int64(input.count - 60)))] = Int(rng.int(1...50)) }
        func step(_ partition: inout VirtualPartition, _ at: inout Int) {
            if let length = holes[at] {
                at += length
                partition.core.skip(to: Int64(at))
            }
            partition.appendTime = noon + 100_000_000_000 + Int64(at) * 1_000
            partition.add(input[at].value, key: input[at].key)
            at += 1
        }
        var undisturbed = VirtualPartition(configuration), place = 0
        while place < input.count { step(&undisturbed, &place) }

        var changelog = Changelog(), committed: [String] = [], batch = ChangelogBatch()
        var partition = VirtualPartition(configuration), at = 0
        while at < input.count {
            step(&partition, &at)
            if rng.chance(0.02) { partition.core.clockStepped(byMs: rng.int(-100_000_000...100_000_000)) }
            if rng.chance(0.02) || at == input.count {
                committed += partition.takenBytes()
                partition.core.takeChanges(into: &batch)
                changelog.append(batch)
                batch.removeAll()
            }
            if rng.chance(0.01) {
                partition.core = try changelog.restored(configuration)
                partition.output.removeAll()
                at = Int(partition.core.nextOffset ?? 0)
            }
        }
        #expect(committed == undisturbed.takenBytes())
        #expect(undisturbed.counts.skipped > 0)
    }

    @Test("restoring what was just written and writing on gives the same state", arguments: UInt64(30)..<38)
    func roundTrip(seed: UInt64) throws {
        let configuration = WindowConfiguration()
        let input = records(seed, 600)
        var original = VirtualPartition(configuration, now: 5_000_000)
        var changelog = Changelog()
        for record in input {
            original.now += 10
            original.add(record.value, key: record.key)
        }
        var batch = ChangelogBatch()
        original.core.takeChanges(into: &batch)
        changelog.append(batch)
        _ = original.takenBytes()
        var copy = VirtualPartition(configuration, now: original.now)
        copy.core = try changelog.restored(configuration)
        #expect(copy.core.nextOffset == original.core.nextOffset)
        batch.removeAll()
        copy.core.takeChanges(into: &batch)
        #expect(batch.isEmpty, "nothing changed since")
        // The clock of a quiet series goes on from where it stood.
        for _ in 0..<100 {
            original.now += 5_000
            copy.now += 5_000
            original.ended()
            copy.ended()
        }
        #expect(original.takenBytes().sorted() == copy.takenBytes().sorted())
    }

    @Test("an id that came again after its windows closed is remembered after a restart too")
    func idAgain() throws {
        let configuration = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)
        var partition = VirtualPartition(configuration)
        var changelog = Changelog()
        func commit() {
            var batch = ChangelogBatch()
            partition.core.takeChanges(into: &batch)
            changelog.append(batch)
        }
        // One chunk of ids holds `a` and a younger one, so that it outlives the first `a`.
        partition.trade("a", at: noon)
        partition.trade("b", at: noon + 64_000)
        commit()
        partition.trade("c", at: noon + 66_000)
        partition.trade("a", at: noon + 66_000)
        commit()
        partition.core = try changelog.restored(configuration)
        partition.trade("a", at: noon + 66_000)
        partition.trade("b", at: noon + 66_000)
        partition.trade("c", at: noon + 66_000)
        #expect(partition.counts.duplicates == 3)
    }

    @Test("a compacted changelog holds what is open, and nothing of what is closed")
    func compacted() throws {
        let configuration = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)
        var partition = VirtualPartition(configuration)
        var changelog = Changelog()
        var sizes: [Int] = []
        for i in 0..<3_600 as Range<Int64> {
            partition.trade(at: noon + i * 1_000)
            partition.quote(at: noon + i * 1_000)
            if i % 120 == 0 { partition.gap(noon + i * 1_000, noon + i * 1_000 + 500) }
            if i % 7 == 0 {
                var batch = ChangelogBatch()
                partition.core.takeChanges(into: &batch)
                changelog.append(batch)
                changelog.compact(upTo: changelog.entries.count, keepingTombstones: false)
                sizes.append(changelog.entries.count)
            }
        }
        // The position; two heads; at most eight slices each; a chunk of ids for every 7 of the last 70 seconds; of two series'
        // indicators the last bars and the rest.
        #expect(sizes.max() ?? 0 <= 1 + 2 + 16 + 11 + 2 * (SeriesIndicators.keptBars + 1))
        #expect(try changelog.restored(configuration).series.count == 2)
    }

    @Test("no record of the changelog is larger than half a message of Kafka's, whatever came between two commits")
    func sizes() throws {
        let configuration = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)
        var partition = VirtualPartition(configuration)
        for i in 0..<40_000 as Range<Int64> { partition.trade("t\(i)", at: noon + i) }
        for i in 0..<6_000 as Range<Int64> { partition.gap(noon + i * 1_000, noon + i * 1_000 + 1) }
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        #expect(batch.records.count == 1 + 1 + 4 + 3)
        #expect(batch.records.allSatisfy { ($0.value?.count ?? 0) < 500_000 })
        var changelog = Changelog()
        changelog.append(batch)
        partition.core = try changelog.restored(configuration)
        for i in 0..<40_000 as Range<Int64> { partition.trade("t\(i)", at: noon + i) }
        #expect(partition.counts.duplicates == 40_000)
    }

    @Test("a state of another slide or version, and rubbish, are refused by name")
    func refused() throws {
        var partition = VirtualPartition()
        partition.trade(at: noon)
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        var changelog = Changelog()
        changelog.append(batch)
        #expect(throws: ChangelogError.setting(flag: "slide", value: "10000ms")) {
            try changelog.restored(WindowConfiguration(slide: 20_000))
        }
        let position = try #require(changelog.entries.last)
        #expect(position.key == "p".bytes)
        changelog.entries[changelog.entries.count - 1].value?[0] = 99
        #expect(throws: ChangelogError.version(99)) { try changelog.restored(WindowConfiguration()) }
        for key in ["", "x", "h", "hrubbish", "s", "i12345678", "p1"] {
            changelog.entries = [Entry(key: key.bytes, value: [])]
            #expect(throws: ChangelogError.malformed(offset: 0)) { try changelog.restored(WindowConfiguration()) }
        }
        var core = partition.core
        #expect(throws: ChangelogError.malformed(offset: 3)) { try core.restore(key: nil, value: nil, offset: 3) }
    }

    @Test("damaged state throws or is taken, and never traps, nor does going on from it", arguments: UInt64(50)..<58)
    func damaged(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let input = records(seed, 200)
        var partition = VirtualPartition(WindowConfiguration(), now: 1_000_000)
        var changelog = Changelog()
        for record in input { partition.add(record.value, key: record.key) }
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        changelog.append(batch)
        for _ in 0..<Fuzz.rounds(60) {
            var damaged = changelog
            for _ in 0..<rng.int(1...3) {
                let i = Int(rng.next() % UInt64(damaged.entries.count))
                guard var value = damaged.entries[i].value, value.count >= 8 else { continue }
                rng.damage(&value, near: noon)
                damaged.entries[i].value = value
            }
            guard let core = try? damaged.restored(WindowConfiguration()) else { continue }
            var going = partition
            going.core = core
            going.now = 2_000_000_000_000
            for record in input.prefix(50) { going.add(record.value, key: record.key) }
            going.ended()
            going.live()
            going.core.takeChanges(into: &batch)
            _ = going.takenBytes()
        }
    }

    @Test("what other programs' transactions leave at the end is passed once, and stays passed after a restart")
    func markers() throws {
        var core = PartitionWindows(topic: "crypto.ticks", partition: 7)
        var changelog = Changelog()
        let written = [Int64(0), 3, 3, 2].map { offset in
            core.pass(upTo: offset)
            var batch = ChangelogBatch()
            core.takeChanges(into: &batch)
            changelog.append(batch)
            return !batch.isEmpty
        }
        #expect(written == [false, true, false, false])
        #expect(try changelog.restored(WindowConfiguration()).nextOffset == 3)
    }
}
