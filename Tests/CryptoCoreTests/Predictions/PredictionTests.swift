import TestSupport
import Testing

@testable import CryptoCore

@Suite("Predictions of a stream")
struct PredictionTests {
    private func records(_ seed: UInt64, _ count: Int) -> [StreamRecord] {
        var market = MadeMarket(seed: seed)
        return (0..<count).map { _ in market.next() }
    }

    @Test("are the same however many rows are predicted together", arguments: UInt64(0)..<6)
    func batches(seed: UInt64) throws {
        let models = try MadeModels.all()
        let input = records(seed, 3_000)
        var single = VirtualPredictions(models), together = VirtualPredictions(models)
        var rng = SplitMix64(seed: seed)
        for record in input {
            single.add(record)
            together.add(record, isFlushing: rng.chance(0.003))
        }
        together.core.flush(into: &together.output)
        #expect(single.core.counts == together.core.counts)
        #expect(single.takenBytes() == together.takenBytes())
    }

    @Test("are written as the schema writes them, and say what the forest says of the row")
    func records() throws {
        let models = try MadeModels.all(until: noon + 60_000)
        var partition = VirtualPredictions(models)
        var rows: [Series: [Preset: (RowBuilder, RowRecorder)]] = [:]
        for record in records(8, 4_000) {
            partition.add(record)
            guard let tick = record.tick, let seen = Observation(tick) else { continue }
            for preset in Preset.allCases {
                var (builder, kept) =
                    rows[tick.series, default: [:]][preset]
                    ?? (RowBuilder(preset, stream: VirtualPredictions.closedByData), RowRecorder())
                builder.add(seen, now: 0, into: &kept)
                rows[tick.series, default: [:]][preset] = (builder, kept)
            }
        }
        var expected: [String: [Double]] = [:]
        for (series, lanes) in rows where series != MadeModels.series[2] {
            for model in models.list {
                let opened = (lanes[model.preset]?.1.opened ?? []).filter { $0.time > noon + 60_000 }
                guard !opened.isEmpty else { continue }
                expected["\(series) \(model.label)"] = opened.map { row in
                    row.withFeatures { model.model.forest.probability($0) }
                }
            }
        }
        var said: [String: [Double]] = [:]
        let texts = partition.output.texts(of: .predictions)
        for (text, prediction) in zip(texts, try partition.predictions) {
            var json = JSONWriter()
            prediction.encode(into: &json)
            #expect(String(decoding: json.bytes, as: UTF8.self) == text)
            #expect(prediction.prediction == (prediction.probability > 0.5 ? 1 : 0))
            #expect(prediction.isDefault == (prediction.version == 1 && prediction.model == "direction"))
            #expect(prediction.isShadow == (prediction.version == 2))
            #expect(prediction.isExpired == (prediction.version == 2 && prediction.eventTime > noon + 660_000))
            #expect(prediction.horizonMs == (prediction.model == "horizon" ? 60_000 : nil))
            let label = "\(prediction.series) \(prediction.model):\(prediction.version):\(prediction.modelHash)"
            said[label, default: []].append(prediction.probability)
        }
        #expect(said == expected && said.count >= 5)
        let predictions = try partition.predictions
        #expect(
            predictions.contains { $0.isExpired } && predictions.contains { $0.tradeID?.contains("\u{1}") ?? false })
    }

    @Test("count what they leave out, by its reason")
    func counts() throws {
        var partition = VirtualPredictions(PredictionModels([try MadeModels.model(.direction, until: noon + 5)]))
        partition.trade("1", at: noon, price: 1)
        partition.trade("2", at: noon + 5, price: 2)
        partition.trade("3", at: noon + 6, price: 3)
        partition.trade("3", at: noon + 6, price: 3)
        partition.trade("4", at: noon + 6, price: 3, series: 2)
        partition.trade("5", at: noon + 70_000, price: 3)
        partition.add(StreamRecord(key: "x".bytes, value: "{}".bytes))
        let block = Tick.Trade(tradeID: "6", price: 1, quantity: 1, side: .buy, isBlockTrade: true)
        partition.add(Tick(series: MadeModels.series[0], kind: .trade(block), eventTime: noon, ingestTime: noon))
        let gap = Tick.Gap(from: 1, to: 2, reason: "lost")
        partition.add(Tick(series: MadeModels.series[0], kind: .gap(gap), eventTime: noon, ingestTime: noon))
        partition.core.skip(to: 12)
        var expected = PredictionCounts()
        expected.read = 9
        expected.malformed = 1
        expected.untrainedSeries = 1
        expected.repeated = 1
        expected.learned = 2
        expected.predicted = 2
        // Trade 3 is decided by none: the next one is more than a minute later.
        expected.undecided = 1
        expected.blockTrades = 1
        expected.gaps = 1
        expected.skipped = 3
        #expect(partition.core.counts == expected)
        #expect(partition.core.untrained == [MadeModels.series[2]])
        #expect(partition.core.takeMet() == [MadeModels.series[0], MadeModels.series[2]])
        #expect(partition.core.takeMet().isEmpty)
        #expect(try partition.predictions.map(\.tradeID) == ["3", "5"])
        #expect(partition.output.texts(of: .deadLetter).isEmpty, "the processor buries")
    }

    @Test("of a model that stays go on over a change of models, and the scores of one that goes are written")
    func change() throws {
        let one = try MadeModels.model(.direction, isDefault: true), two = try MadeModels.model(.direction, version: 2)
        let input = records(5, 1_000)
        var steady = VirtualPredictions(PredictionModels([one]))
        var changing = VirtualPredictions(PredictionModels([two, one]))
        for (i, record) in input.enumerated() {
            if i == 500 {
                let before = try changing.scores.count { $0.version == 2 }
                changing.core.change(to: PredictionModels(generation: 1, [one]), into: &changing.output)
                let scores = try changing.scores.filter { $0.version == 2 }
                #expect(scores.count > before && Set(scores.map { "\($0.series) \($0.asOf)" }).count == scores.count)
            }
            steady.add(record)
            changing.add(record)
        }
        let ofOne = changing.takenBytes().filter { $0.contains("\"version\":1,") }
        #expect(ofOne == steady.takenBytes())
        // A preset that comes later begins with the next tick.
        changing.core.change(
            to: PredictionModels(generation: 2, [one, try MadeModels.model(.difference)]), into: &changing.output)
        for record in records(6, 100) { changing.add(record) }
        #expect(try changing.predictions.contains { $0.model == "difference" })
        changing.core.change(to: PredictionModels(generation: 3, []), into: &changing.output)
        let count = changing.output.records.count
        for record in records(7, 100) { changing.add(record) }
        #expect(changing.output.records.count == count && changing.core.models.generation == 3)
    }
}
