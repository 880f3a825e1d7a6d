import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

/// The stream on an embedded broker, as `pipeline` runs it, and a client that writes ticks and reads what comes out.
private final class Bench {
    let made = MadeModels()
    let report = ServiceReport()
    let context: ServiceContext
    let models: ServedModels
    private let broker: EmbeddedBroker
    private let producer: KafkaProducer
    private let configuration: InferenceConfiguration
    private var thread: System.Thread?
    private var number: Int64 = 0

    init(_ words: [String] = []) throws {
        broker = try EmbeddedBroker()
        try broker.createTopics(Topic.allCases.map { $0.name(prefix: "crypto") }, partitions: 2)
        try made.add("direction", MadeModels.model())
        let words = words + ["--brokers", broker.bootstrap, "--kafka-config", "fetch.wait.max.ms=20"]
        (context, _) = try made.context(words)
        configuration = try Configurations.inference(["--models", made.path, "--idle-timeout", "0"] + words).own
        models = ServedModels(context, configuration.choice, follows: false)
        producer = try KafkaProducer(broker.configuration, onLog: { _, _, _ in })
    }

    /// The service by itself.
    func stream() -> PredictionStream { PredictionStream(context, configuration, StreamModels(models, configuration)) }

    func start() {
        let (context, configuration, models, report) = (context, configuration, models, report)
        thread = System.Thread(name: "inference") {
            try InferenceService(context, configuration, models: models, report: report, membership: .alone).run()
        }
    }

    func finish() throws {
        context.stop.request()
        let outcome = thread?.join(ms: 10_000)
        guard case .finished? = outcome else { throw Failure("\(outcome.map { "\($0)" } ?? "never started")") }
    }

    /// Writes trades behind the models' training range, half a second apart; their ids are numbers from 1 up.
    func send(_ count: Int) throws {
        let topic = try producer.topic("crypto.ticks")
        for _ in 0..<count {
            number += 1
            let time = 1_763_769_600_000 + number * 500
            let trade = Tick.Trade(tradeID: "\(number)", price: Double(100 + number % 5), quantity: 1, side: .buy)
            let series = Series(source: "made", symbol: "BTC-USD")
            let tick = Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time)
            while !(try producer.produce(topic: topic, key: Array("made:BTC-USD".utf8), value: tick.encoded())) {
                producer.serve(waitMs: 10)
            }
        }
        _ = try producer.flush(timeoutMs: 5_000)
    }

    /// Trade ids and versions of what was predicted, once there are so many.
    func predictions(atLeast wanted: Int) throws -> [(id: String, version: Int64)] {
        let reader = try KafkaConsumer(broker.configuration, group: nil, onLog: { _, _, _ in })
        let topic = Topic.predictions.name(prefix: "crypto")
        try reader.assign(
            (0..<2).map { PartitionOffset(topic: topic, partition: $0, offset: KafkaOffset.beginning) })
        var found: [(id: String, version: Int64)] = []
        let isThere = try waitUntil(seconds: 30) {
            _ = try reader.poll(limit: 1_000, waitMs: 50) { record in
                guard let bytes = record.value?.bytes, let made = try? Prediction(decoding: bytes) else { return }
                found.append((made.tradeID ?? "", made.version))
            }
            return found.count >= wanted
        }
        #expect(isThere, "\(found)")
        _ = reader.close(timeoutMs: 1_000)
        return found
    }
}

@Suite("The stream of predictions, alone on its broker", .serialized, .waiting)
struct StreamTests {
    @Test("begins at the end, or at the beginning where that is asked for", arguments: [true, false])
    func begins(atEnd: Bool) throws {
        let bench = try Bench(atEnd ? [] : ["--from", "beginning"])
        try bench.send(20)
        bench.start()
        let ticks = (0..<2).map { TopicPartition(topic: "crypto.ticks", partition: $0) }
        // Nobody waits for what lies before.
        let isAtEnd = waitUntil(seconds: 20) { ticks.map { bench.report.position(of: $0) ?? 0 }.sorted() == [0, 20] }
        try #require(isAtEnd)
        try bench.send(20)
        let wanted = (atEnd ? 21 : 1)...40
        #expect(try bench.predictions(atLeast: wanted.count).map(\.id) == wanted.map(String.init))
        try bench.finish()
    }

    @Test("goes over to another version between two records, and shows how it does in the place of the one before")
    func swap() throws {
        let bench = try Bench(["--from", "beginning"])
        bench.start()
        try bench.send(400)
        let gauge = #"cryptostream_inference_score_count{model="direction",version="1"} "#
        #expect(waitUntil(seconds: 20) { bench.context.metrics.render().contains(gauge) })
        try bench.made.add("direction", MadeModels.model(seed: 2))
        bench.models.look()
        #expect(waitUntil(seconds: 20) { !bench.context.metrics.render().contains(gauge) })
        try bench.send(400)
        let all = try bench.predictions(atLeast: 800)
        #expect(all.map(\.id) == (1...800).map(String.init) && all.map(\.version) == all.map(\.version).sorted())
        #expect(Set(all.map(\.version)) == [1, 2])
        #expect(
            waitUntil(seconds: 20) { bench.context.metrics.render().contains(#"{model="direction",version="2"} "#) })
        #expect(!bench.context.metrics.render().contains(gauge))
        try bench.finish()
    }

    @Test("shows how models do that came while it had no partition")
    func standby() throws {
        let bench = try Bench()
        var stream = bench.stream()
        try bench.made.add("direction", MadeModels.model(seed: 2))
        bench.models.look()
        var none: [PartitionPredictions?] = [nil], output = OutputBatch(reservingBytes: 1_000)
        stream.change(&none, into: &output)
        var score = Score()
        (score.series, score.model, score.version) = (Series(source: "made", symbol: "BTC-USD"), "direction", 2)
        (score.asOf, score.count, score.accuracy, score.logLoss) = (1_763_769_660_000, 4, 0.75, 0.5)
        score.probabilityBins = [[100, 4, 0]]
        output.append(.scores, score)
        stream.wrote(output)
        stream.committed(none)
        let gauge = #"cryptostream_inference_score_count{model="direction",version="2"} 4"#
        #expect(bench.context.metrics.render().contains(gauge))
    }
}
