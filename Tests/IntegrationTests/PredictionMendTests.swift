import CryptoCore
import Foundation
import KafkaClient
import TestSupport
import TestTraits
import Testing

@Suite("What somebody does to a stream of predictions", .serialized, .waiting, .enabled(if: Servers.kafka != nil))
struct PredictionMendTests {
    private static let start = PredictionStreamTests.start
    private static let minute: Int64 = 60_000

    private func line() throws -> Line { try Line(#require(Servers.kafka)) }

    private func admin(_ line: Line) throws -> KafkaAdmin {
        try KafkaAdmin(KafkaConfiguration(brokers: line.brokers), onLog: { _, _, _ in })
    }

    private func ticks(_ hour: Int64) -> [Tick] {
        PredictionStreamTests.ticks(hours: hour..<hour + 1, seed: UInt64(hour), latestMs: 3_000)
    }

    /// What a version of `direction` that knows two of the three series has to say of these.
    private func wanted(_ ticks: [Tick]) -> [String] {
        let names = ticks.compactMap { tick -> String? in
            guard tick.series.symbol != "S2-USD", case .trade(let trade) = tick.kind, !trade.isBlockTrade,
                trade.side != nil
            else { return nil }
            return "\(tick.series) \(trade.tradeID)"
        }
        return Set(names).sorted()
    }

    private func predictions(_ line: Line) throws -> [Prediction] {
        try line.values("predictions").map { try Prediction(decoding: Array($0.utf8).span.bytes) }
    }

    private func names(_ predictions: [Prediction]) -> [String] {
        predictions.map { "\($0.series) \($0.tradeID ?? "")" }.sorted()
    }

    /// Waits until so many are there.
    private func awaitPredictions(_ count: Int, _ line: Line) throws {
        let isThere = try waitUntil(seconds: 60) { try line.values("predictions").count >= count }
        try #require(isThere)
    }

    private func use(_ version: Int, _ line: Line) throws {
        let words = ["--use", "direction:\(version)", "--models", "models"]
        let result = try ChildProcess.service("trainer", words, in: line.folder).wait(seconds: 20)
        try #require(result.status == 0, "\(result.errors)")
    }

    @Test(
        "another version takes over between two records, and one that comes back within its minute has one score of it")
    func swap() throws {
        let line = try line()
        defer { line.remove() }
        try line.send(ticks(0) + ticks(1))
        for _ in 1...2 { try PredictionStreamTests.train(line, "direction") }
        try use(1, line)
        let service = try line.start(
            "inference", ["--models", "models", "--from", "beginning", "--idle-timeout", "0"])
        let all = ticks(2)
        // The version changes after ten seconds of a minute, and again after thirty.
        let ends = [Int64.min, 10_000, 30_000, .max].map {
            $0.magnitude > 1 << 40 ? $0 : PredictionMendTests.start + 2 * 3_600_000 + 30 * 60_000 + $0
        }
        var sent: [Tick] = []
        for (part, version) in [1, 2, 1].enumerated() {
            if part > 0 {
                try use(version, line)
                let changes = { service.errorsSoFar.components(separatedBy: "predicts with other models").count - 1 }
                try #require(waitUntil(seconds: 20) { changes() == part })
            }
            let now = all.filter { $0.ingestTime > ends[part] && $0.ingestTime <= ends[part + 1] }
            try line.send(now)
            sent += now
            try awaitPredictions(wanted(sent).count, line)
        }
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 15).status == 0)
        let made = try predictions(line)
        // The last trades of what was learned from have no target: they are predicted, too.
        let ofHour = made.filter { $0.tradeID?.hasPrefix("2-") ?? false }
        #expect(names(ofHour) == wanted(all), "each once")
        #expect(Set(made.map(\.version)) == [1, 2])
        let scores = try line.values("scores").map { try Score(decoding: Array($0.utf8).span.bytes) }
        let ids = scores.map { "\($0.series) \($0.version) \($0.asOf)" }
        #expect(Set(ids).count == ids.count && ids.count > 100)
        let end = PredictionMendTests.start + 2 * 3_600_000 + 31 * 60_000
        for version in [1, 2] as [Int64] {
            #expect(scores.count { $0.version == version && $0.asOf == end } == 2, "of each series one")
        }
    }

    @Test("partitions that are added are read from their first record, and --reset mends partitions, state and offsets")
    func reset() throws {
        let line = try line()
        defer { line.remove() }
        try line.send(ticks(0) + ticks(1))
        try PredictionStreamTests.train(line, "direction")
        func run(_ work: (ChildProcess) throws -> Void) throws {
            let service = try line.start("inference", ["--models", "models", "--idle-timeout", "0"])
            try work(service)
            service.signal(SIGTERM)
            #expect(try service.wait(seconds: 15).status == 0)
        }
        func isAssigned(_ service: ChildProcess) -> Bool {
            waitUntil(seconds: 60) { service.errorsSoFar.contains("partitions assigned") }
        }
        func reset(_ words: [String]) throws -> ChildProcess.Result {
            try ChildProcess.service(
                "inference", ["--reset", "--brokers", line.brokers, "--prefix", line.prefix] + words, in: line.folder
            ).wait(seconds: 30)
        }
        try run { service in
            #expect(isAssigned(service))
            let refused = try reset(["--yes"])
            #expect(refused.status == 1 && refused.errors.contains("has a member"))
        }
        try admin(line).createPartitions(["\(line.prefix).ticks": 6], timeoutMs: 20_000)
        // The newest partition has its first records before anybody has seen it.
        let hour = ticks(2)
        try line.send(hour, partition: 5)
        try run { service in
            #expect(waitUntil(seconds: 30) { service.errorsSoFar.contains("has 6 partitions") })
        }
        let grown = try reset(["--yes"])
        #expect(grown.status == 0, "\(grown.errors)")
        #expect(grown.output.contains("add partitions to \(line.prefix).predictions: 6 instead of 4"))
        try run { _ in
            try awaitPredictions(wanted(hour).count, line)
        }
        #expect(names(try predictions(line)) == wanted(hour))

        // Somebody put the offsets somewhere else.
        try line.commit(
            [PartitionOffset(topic: "\(line.prefix).ticks", partition: 5, offset: 1)], group: "\(line.prefix)-inference"
        )
        let asked = try reset([])
        let plan = [
            "delete topic \(line.prefix).inference.state", "delete the offsets of group \(line.prefix)-inference",
        ]
        #expect(asked.status == 64 && plan.allSatisfy { asked.output.contains($0) }, "\(asked)")
        #expect(try reset(["--yes"]).status == 0)
        // The stream begins anew, which is at the end.
        let next = ticks(3)
        try run { service in
            #expect(isAssigned(service))
            try line.send(next, partition: 5)
            try awaitPredictions(wanted(hour + next).count, line)
        }
        #expect(names(try predictions(line)) == wanted(hour + next))
    }
}
