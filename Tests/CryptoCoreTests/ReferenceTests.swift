import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("windows, trends and late ticks are those that pandas gives by the same rules", .waiting)
struct ReferenceTests {
    private static let closedByData = WindowConfiguration(idleAfterTrade: 0, idleAfterQuote: 0)

    private static let recordings = [
        "ws-spot-btcusdt-trade-20240808T2354-20240809T0005", "ws-spot-ethusdt-trade-20240808T2354-20240809T0005",
        "ws-usdm-btcusdt-trade-20240808T2354", "ws-usdm-ethusdt-trade-20240808T2354",
        "ws-usdm-btcusdt-trade-20230404T2358-20230405T0006",
        "ws-spot-btcusdt-trade-20230405T0000",
    ]
    private static let day = "data/bitflyer/BTC_JPY-executions-2018-01-21.csv.gz"

    @Test(
        "recorded Binance trades", .enabled(if: Reference.isPresent, Reference.skipped),
        .enabled(if: SharedData.isPresent, Reference.noRecordings), arguments: recordings)
    func binance(name: String) throws {
        let answer = try Reference.answer([SharedData.file("data/binance/\(name).txt.gz").path])
        var partition = VirtualPartition(ReferenceTests.closedByData)
        for tick in answer.ticks { partition.add(tick, key: try Reference.key(of: tick)) }
        try compare(partition, partition.counts, answer)
        #expect(answer.tumbling.count >= 5)
    }

    @Test(
        "a day at bitFlyer, a third of it out of order, replayed without shifting into a processor that was idle for a minute",
        .enabled(if: Reference.isPresent, Reference.skipped), .enabled(if: SharedData.isPresent, Reference.noRecordings)
    )
    func recordedDay() throws {
        let answer = try Reference.answer([SharedData.file(ReferenceTests.day).path])
        // The usual idle timeouts, and a clock of 2026 that ran for a minute while the topic was empty.
        var partition = VirtualPartition(WindowConfiguration(), now: 1_795_262_400_000)
        for _ in 0..<60 {
            partition.ended()
            partition.now += 1_000
        }
        for (i, tick) in answer.ticks.enumerated() {
            partition.add(tick, key: try Reference.key(of: tick))
            // The reader is as fast as the writer: it is at the end again and again.
            if i % 1_000 == 0 {
                partition.now += 100
                partition.ended()
            }
        }
        try compare(partition, partition.counts, answer)
        #expect(answer.counts.late > 500 && answer.counts.duplicates > 50 && answer.counts.deadletters > 400)
        // Later the clock closes what the data left open.
        partition.output.removeAll()
        partition.now += 120_000
        partition.ended()
        #expect(try partition.taken().tumbling.count >= 1)
    }

    @Test(
        "made-up ticks of every kind and defect", .enabled(if: Reference.isPresent, Reference.skipped),
        arguments: [
            (1, 5_000, 10_000), (2, 0, 60_000), (3, 70_000, 5_000),
        ] as [(Int, Int64, Int64)])
    func synthetic(seed: Int, lateness: Int64, slide: Int64) throws {
        let configuration = WindowConfiguration(lateness: lateness, slide: slide, idleAfterTrade: 0, idleAfterQuote: 0)
        let answer = try Reference.answer(["--synthetic", String(seed), "--count", "10000"], configuration)
        var partition = VirtualPartition(configuration)
        for tick in answer.ticks { partition.add(tick, key: try Reference.key(of: tick)) }
        try compare(partition, partition.counts, answer)
        #expect(answer.counts.gaps > 0 && answer.counts.duplicates > 0 && answer.counts.block_trades > 0)
    }

    // MARK: Comparing

    private func compare(_ partition: VirtualPartition, _ counts: TickCounts, _ answer: Reference.Answer) throws {
        let ours = try Outputs(partition.output)
        #expect(
            answer.counts
                == Reference.Answer.Counts(
                    deadletters: counts.deadLetters, block_trades: counts.blockTrades, duplicates: counts.duplicates,
                    late: counts.late,
                    gaps: counts.gaps, counted: counts.counted))
        #expect(counts.read == UInt64(answer.ticks.count))
        #expect(ours.late == answer.late)
        #expect(ours.deadLetters.count == Int(counts.deadLetters))
        for (topic, theirs) in [
            (Topic.tumbling, answer.tumbling), (.sliding, answer.sliding), (.trends, answer.trends),
        ] {
            let texts = partition.output.texts(of: topic)
            #expect(try differences(texts, theirs) == [])
            #expect(try order(of: texts) == order(of: theirs))
        }
    }

    /// The records of each series in their order; pandas goes series by series.
    private func order(of texts: [String]) throws -> [String: [String]] {
        let records = try texts.map { try $0.jsonObject() }
        return Dictionary(grouping: records) { "\($0["source"] ?? ""):\($0["symbol"] ?? "")" }
            .mapValues { $0.map(recordName) }
    }
}
