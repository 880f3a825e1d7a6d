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
        var rows: [Series: [Preset: (RowStream, RowRecorder)]] = [:]
        for record in records(8, 4_000) {
            partition.add(record)
            guard let tick = record.tick, let seen = Observation(tick) else { continue }
            for preset in Preset.allCases {
                var (builder, kept) =
                    rows[tick.series, default: [:]][preset]
                    ?? (RowStream(preset, VirtualPredictions.closedByData), RowRecorder())
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
        partition.core.pass(upTo: 12)
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
        #expect(partition.core.counts == expected && partition.core.nextOffset == 12)
        #expect(partition.core.untrained == [MadeModels.series[2]])
        #expect(partition.core.takeMet() == [MadeModels.series[0], MadeModels.series[2]])
        #expect(partition.core.takeMet().isEmpty)
        #expect(try partition.predictions.map(\.tradeID) == ["3", "5"])
        #expect(partition.output.texts(of: .deadLetter).isEmpty, "the processor buries")
    }

    @Test("are made of a tick by each preset, which counts once what none makes anything of")
    func countsOnce() throws {
        let trades = try [Preset.direction, .difference, .horizon].map { try MadeModels.model($0) }
        var partition = VirtualPredictions(PredictionModels(trades))
        for id in ["1", "2", "2", "3"] { partition.trade(id, at: noon, price: 1) }
        partition.trade("4", at: noon + 130_000, price: 1)
        partition.trade("5", at: noon, price: 1)
        #expect(partition.core.counts.repeated == 1 && partition.core.counts.late == 1)
        let quote = Tick.Quote(price: 1)
        func add(_ kind: Tick.Kind, to partition: inout VirtualPredictions) {
            partition.add(
                Tick(series: MadeModels.series[0], kind: kind, eventTime: noon + 140_000, ingestTime: noon + 140_000))
        }
        add(.quote(quote), to: &partition)
        #expect(partition.core.counts.unwanted == 0, "difference is made of it")
        var minutes = VirtualPredictions(PredictionModels(trades.filter { $0.preset == .horizon }))
        add(.quote(quote), to: &minutes)
        var tickers = VirtualPredictions(PredictionModels([try MadeModels.model(.tickerTrend)]))
        add(.trade(Tick.Trade(tradeID: "1", price: 1, quantity: 1, side: .buy)), to: &tickers)
        #expect(minutes.core.counts.unwanted == 1 && tickers.core.counts.unwanted == 1)
    }

    @Test("of minutes close by quotes as the processor's windows do, and what comes behind them is late")
    func quotesMoveTime() throws {
        var partition = VirtualPredictions(PredictionModels([try MadeModels.model(.horizon)]))
        for i in 0..<8 as Range<Int64> {
            for (id, side) in [("b", Side.buy), ("s", .sell)] {
                partition.trade("\(id)\(i)", at: noon + i * 60_000, price: 100 + Double(i), side: side)
            }
        }
        #expect(try partition.predictions.isEmpty, "the seventh minute waits for what comes late")
        let time = noon + 9 * 60_000
        partition.add(
            Tick(series: MadeModels.series[0], kind: .quote(Tick.Quote(price: 1)), eventTime: time, ingestTime: time))
        #expect(try partition.predictions.map(\.eventTime) == [noon + 7 * 60_000, noon + 8 * 60_000])
        partition.trade("late", at: noon + 7 * 60_000, price: 1)
        #expect(partition.core.counts.late == 1)
    }
}
