import TestSupport
import Testing

@testable import CryptoCore

@Suite("killed anywhere and restored, predictions go on as if nothing had been")
struct PredictionStateTests {
    /// What a broker would hold of the committed changelog, in order; compacted or not.
    private struct Changelog {
        var entries: [(key: [UInt8], value: [UInt8]?)] = []

        mutating func append(_ batch: ChangelogBatch) {
            for record in batch.records {
                entries.append((Array(batch.bytes[record.key]), record.value.map { Array(batch.bytes[$0]) }))
            }
        }

        /// Only the last record of each key, in the order of these; of some prefix, as a cleaner does it.
        mutating func compact(upTo end: Int) {
            var last: [[UInt8]: Int] = [:]
            for i in 0..<end { last[entries[i].key] = i }
            let kept = (0..<end).filter {
                last[entries[$0].key] == $0 && (entries[$0].value != nil || end < entries.count)
            }
            entries = kept.map { entries[$0] } + entries[end...]
        }

        func restored(_ models: PredictionModels, now: Int64? = nil) throws -> PartitionPredictions {
            var core = VirtualPredictions(models).core
            for (offset, entry) in entries.enumerated() {
                try core.restore(key: entry.key.span.bytes, value: entry.value?.span.bytes, offset: Int64(offset))
            }
            _ = core.finishRestoring(now: now)
            return core
        }
    }

    private func records(_ seed: UInt64, _ count: Int) -> [StreamRecord] {
        var market = MadeMarket(seed: seed)
        return (0..<count).map { _ in market.next() }
    }

    @Test("predictions and scores are, byte for byte, those of an undisturbed run", arguments: UInt64(0)..<8)
    func killAndReplay(seed: UInt64) throws {
        let models = try MadeModels.all(until: noon + 60_000)
        let input = records(seed, Fuzz.rounds(4_000))
        var undisturbed = VirtualPredictions(models)
        for record in input { undisturbed.add(record) }

        var rng = SplitMix64(seed: ~seed)
        var changelog = Changelog(), committed: [String] = [], kills = 0
        var partition = VirtualPredictions(models)
        var at = 0
        var batch = ChangelogBatch()
        while at < input.count {
            partition.add(input[at], isFlushing: rng.chance(0.5))
            at += 1
            if rng.chance(0.05) { partition.core.takeFullChunks(of: rng.pick([1, 3, 10]), into: &batch) }
            if rng.chance(0.01) || at == input.count {
                // A transaction: outputs, state and offset together.
                partition.core.flush(into: &partition.output)
                committed += partition.takenBytes()
                partition.core.takeChanges(into: &batch)
                changelog.append(batch)
                batch.removeAll()
                if rng.chance(0.2) { changelog.compact(upTo: Int(rng.int(0...Int64(changelog.entries.count)))) }
            }
            if rng.chance(0.004) {
                kills += 1
                partition.core = try changelog.restored(models)
                partition.output.removeAll()
                batch.removeAll()
                at = Int(partition.core.nextOffset ?? 0)
            }
        }
        #expect(kills > 2)
        for (topic, least) in [(Topic.predictions, 2_000), (.scores, 80)] {
            #expect(undisturbed.output.texts(of: topic).count > least)
            for preset in Preset.allCases {
                let name = "\"model\":\"\(preset)\""
                #expect(undisturbed.output.texts(of: topic).contains { $0.contains(name) }, "\(topic) \(preset)")
            }
        }
        #expect(committed == undisturbed.takenBytes())
    }

    @Test("restoring what was just written gives the same state, which the clock closes the same way")
    func roundTrip() throws {
        let models = try MadeModels.all()
        let time = WindowConfiguration()
        var original = VirtualPredictions(models, time)
        original.now = 5_000_000
        for record in records(30, 3_000) {
            original.now += 10
            original.add(record)
        }
        var changelog = Changelog(), batch = ChangelogBatch()
        original.core.takeChanges(into: &batch)
        changelog.append(batch)
        _ = original.takenBytes()
        var copy = VirtualPredictions(models, time)
        for (offset, entry) in changelog.entries.enumerated() {
            try copy.core.restore(key: entry.key.span.bytes, value: entry.value?.span.bytes, offset: Int64(offset))
        }
        #expect(copy.core.finishRestoring() == (true, original.core.nextOffset))
        #expect(!copy.core.hasChanges)
        copy.now = original.now
        for _ in 0..<100 {
            original.now += 5_000
            copy.now += 5_000
            original.ended()
            copy.ended()
        }
        let closed = original.takenBytes()
        #expect(closed.count { $0.hasPrefix("scores") } >= 3)
        #expect(closed.sorted() == copy.takenBytes().sorted())
    }

    @Test("a compacted changelog holds what is open, and nothing of what is over")
    func compacted() throws {
        let models = try MadeModels.all()
        var partition = VirtualPredictions(models)
        var changelog = Changelog(), sizes: [Int] = []
        var batch = ChangelogBatch()
        for i in 0..<3_600 as Range<Int64> {
            partition.trade("\(i)", at: noon + i * 1_000, price: 100 + Double(i % 7), side: i % 3 == 0 ? .buy : .sell)
            guard i % 7 == 0 else { continue }
            partition.output.removeAll()
            partition.core.takeChanges(into: &batch)
            changelog.append(batch)
            batch.removeAll()
            changelog.compact(upTo: changelog.entries.count)
            sizes.append(changelog.entries.count)
        }
        // Beginning and position. What the scores of five models are made with. A head, and the rows of four presets. Ids of 66 s in chunks of
        // 7 s. Nine minutes of horizon. Two minutes of four models' scores, each with at most 16 pages of bins.
        #expect(sizes.max() ?? 0 <= 2 + 5 + 1 + 4 + 11 + 9 + 2 * 4 * 17)
        #expect(sizes.suffix(10).max() ?? 0 <= sizes.prefix(200).max() ?? 0)
    }

    @Test("who is restored with other models decides and scores what those before said, and then their state goes")
    func othersGo() throws {
        let older = PredictionModels([try MadeModels.model(.direction), try MadeModels.model(.horizon)])
        let newer = PredictionModels(generation: 1, [try MadeModels.model(.direction, version: 3)])
        let input = records(4, 6_000)
        var undisturbed = VirtualPredictions(older)
        for record in input.prefix(2_000) { undisturbed.add(record) }
        var changelog = Changelog(), batch = ChangelogBatch()
        undisturbed.core.takeChanges(into: &batch)
        changelog.append(batch)
        batch.removeAll()
        undisturbed.core.change(to: newer, into: &undisturbed.output)
        _ = undisturbed.takenBytes()
        var restored = VirtualPredictions(newer)
        restored.core = try changelog.restored(newer)
        for record in input[2_000...] {
            undisturbed.add(record)
            restored.add(record)
            guard record.value.count % 50 == 0 else { continue }
            restored.core.takeChanges(into: &batch)
            changelog.append(batch)
            batch.removeAll()
            // Killed once more on the way.
            restored.core = try changelog.restored(newer)
        }
        let scores = try restored.scores
        #expect(scores.contains { $0.version == 1 && $0.model == "direction" })
        #expect(scores.contains { $0.model == "horizon" })
        #expect(restored.takenBytes() == undisturbed.takenBytes())
        restored.core.takeChanges(into: &batch)
        changelog.append(batch)
        changelog.compact(upTo: changelog.entries.count)
        let keys = changelog.entries.map { String(decoding: $0.key, as: UTF8.self) }
        #expect(keys.contains { $0.contains("direction:3:") })
        #expect(!keys.contains { $0.contains("direction:1:") || $0.contains("horizon") || $0.hasPrefix("m") })
        #expect(try !changelog.restored(newer).hasChanges)
    }

    @Test("a state of another slide or version, and rubbish, are refused by name")
    func refused() throws {
        let models = try MadeModels.all()
        var partition = VirtualPredictions(models)
        partition.trade("1", at: noon, price: 1)
        var batch = ChangelogBatch()
        partition.core.takeChanges(into: &batch)
        var changelog = Changelog()
        changelog.append(batch)
        var other = PartitionPredictions(models, time: WindowConfiguration(slide: 20_000), partition: 7)
        let position = try #require(changelog.entries.last)
        #expect(position.key == "p".bytes)
        #expect(throws: ChangelogError.setting(flag: "slide", value: "10000ms")) {
            try other.restore(key: position.key.span.bytes, value: position.value?.span.bytes, offset: 0)
        }
        changelog.entries[changelog.entries.count - 1].value?[0] = 99
        #expect(throws: ChangelogError.version(99)) { try changelog.restored(models) }
        for key in [
            "", "x", "h", "hrubbish", "hs0:A-USD", "hs0:A-USD\0no", "rs0:A-USD\0no", "s12345678", "m\012345678", "p1",
            "kno\0a:1:b", "khorizon\0a:b",
        ] {
            changelog.entries = [(key.bytes, [])]
            #expect(throws: ChangelogError.malformed(offset: 0)) { try changelog.restored(models) }
        }
        var core = partition.core
        #expect(throws: ChangelogError.malformed(offset: 3)) { try core.restore(key: nil, value: nil, offset: 3) }
    }

    @Test("damaged state throws or is taken, and never traps, nor does going on from it", arguments: UInt64(50)..<54)
    func damaged(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let models = try MadeModels.all()
        let input = records(seed, 1_500)
        var partition = VirtualPredictions(models)
        var changelog = Changelog(), batch = ChangelogBatch()
        for record in input { partition.add(record) }
        partition.core.takeChanges(into: &batch)
        changelog.append(batch)
        var taken = 0
        for _ in 0..<Fuzz.rounds(100) {
            var damaged = changelog
            for _ in 0..<rng.int(1...3) {
                let i = Int(rng.next() % UInt64(damaged.entries.count))
                guard var value = damaged.entries[i].value, value.count >= 8 else { continue }
                rng.damage(&value, near: noon)
                damaged.entries[i].value = value
            }
            guard let core = try? damaged.restored(models, now: 2_000_000_000_000) else { continue }
            taken += 1
            var going = partition
            going.core = core
            going.now = 2_000_000_000_000
            for record in input.suffix(200) { going.add(record) }
            going.ended()
            going.core.takeChanges(into: &batch)
            _ = going.takenBytes()
        }
        #expect(taken > 10)
    }
}
