import CryptoCore
import Foundation
import InferenceService
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import PipelineService

@Suite("The order in which stages stop")
struct StageOrderTests {
    private static func stage(_ name: String, reads: [Topic] = [], writes: [Topic] = []) -> Stage {
        Stage(name, reads: reads, writes: writes) { _, _ in }
    }

    /// Stages with a few random topics each.
    private static func random(_ random: inout SplitMix64) -> [Stage] {
        let count = Int.random(in: 0...8, using: &random)
        let most = Int.random(in: 0...2, using: &random)
        return (0..<count).map { number in
            func some() -> [Topic] {
                (0..<Int.random(in: 0...most, using: &random)).map { _ in
                    Topic.allCases.randomElement(using: &random)!  // not nil: there are topics
                }
            }
            return stage("s\(number)", reads: some(), writes: some())
        }
    }

    /// Whether somebody comes, from reader to writer, from a stage to itself: Warshall's closure.
    private static func hasCircle(_ stages: [Stage]) -> Bool {
        var reach = stages.map { a in
            stages.map { b in a.name != b.name && !Set(a.reads).isDisjoint(with: b.writes) }
        }
        for via in stages.indices {
            for from in stages.indices where reach[from][via] {
                for to in stages.indices where reach[via][to] { reach[from][to] = true }
            }
        }
        return stages.indices.contains { reach[$0][$0] }
    }

    @Test(
        "is each stage once, after all that write what it reads; there is none where topics go in a circle",
        arguments: UInt64(0)..<500)
    func laws(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        let stages = Self.random(&random)
        guard let order = Stage.stopOrder(stages) else {
            #expect(Self.hasCircle(stages))
            return
        }
        #expect(!Self.hasCircle(stages))
        #expect(order.map(\.name).sorted() == stages.map(\.name))
        for (place, stage) in order.enumerated() {
            for later in order[(place + 1)...] {
                #expect(Set(stage.reads).isDisjoint(with: later.writes), "\(stage.name) before \(later.name)")
            }
        }
    }

    @Test("is the stages' own where no topic says otherwise, and does not depend on it where one does")
    func listed() {
        let free = ["c", "a", "b"].map { Self.stage($0) }
        #expect(Stage.stopOrder(free)?.map(\.name) == ["c", "a", "b"])
        let chain = [
            Self.stage("sink", reads: [.ticks, .tumbling]),
            Self.stage("processor", reads: [.ticks], writes: [.tumbling, .state]),
            Self.stage("producer", writes: [.ticks]),
        ]
        #expect(Stage.stopOrder(chain)?.map(\.name) == ["producer", "processor", "sink"])
        #expect(Stage.stopOrder(chain.reversed())?.map(\.name) == ["producer", "processor", "sink"])
    }

    @Test("takes no notice of what a stage reads that it writes itself, or that nobody writes")
    func own() {
        let stages = [
            Self.stage("a", reads: [.state, .late], writes: [.state, .trends]), Self.stage("b", reads: [.trends]),
        ]
        #expect(Stage.stopOrder(stages)?.map(\.name) == ["a", "b"])
    }

    @Test("with models inference is one of the stages, and the sink comes behind it")
    func models() throws {
        let configured = try configured(["--models", "/nowhere", "--no-stream"])
        let stop = StopFlag()
        defer { stop.request() }
        let log = Log(service: "test", minimum: .error)
        let service = PipelineService(configured, stop: stop, log: log)
        let context = ServiceContext(service: "test", configured.common, stop: stop, log: log)
        let choice = try #require(configured.own.inference).choice
        let stages = service.stages(configured.own, ServedModels(context, choice, follows: false))
        let order = Stage.stopOrder(stages.reversed())?.map(\.name)
        #expect(order?.first == "producer" && order?.last == "sink" && order?.contains("inference") == true)
        let unread: Set = [Topic.state, .inferenceState, .alerts, .silences, .alerterState]
        #expect(Set(stages.flatMap(\.reads)) == Set(Topic.allCases.filter { !unread.contains($0) }))
        #expect(configured.own.topics == Topic.allCases.filter { $0.writers != ["alerter"] })
    }

    @Test("with rules the alerter is one of the stages, behind those whose records it reads and before the sink")
    func rules() throws {
        let rules = SharedData.packageRoot.appendingPathComponent("config/alerts.json").path
        let chosen = try configured(["--rules", rules])
        let service = PipelineService(chosen, stop: StopFlag(), log: Log(service: "test", minimum: .error))
        let stages = service.stages(chosen.own)
        #expect(Stage.stopOrder(stages.reversed())?.map(\.name) == ["producer", "processor", "alerter", "sink"])
        #expect(chosen.own.topics == Topic.allCases, "predictions, too, which rules may name")
        #expect {
            _ = try configured(["--rules", "/nowhere/rules.json"])
        } throws: {
            "\($0)".contains("/nowhere/rules.json: there is no such file")
        }
    }

    @Test("what is said of models needs models", arguments: ["--default", "--stream", "--shadow", "--max-age"])
    func withoutModels(flag: String) throws {
        let value = ["--shadow": "m:1", "--max-age": "1d"][flag, default: "m"]
        #expect {
            _ = try configured([flag, value])
        } throws: {
            "\($0)".contains("\(flag): does nothing without --models")
        }
        #expect(try configured([flag, value, "--models", "x"]).own.inference != nil)
    }

    @Test("of the pipeline's services is that of the stream")
    func pipeline() throws {
        let service = PipelineService(try configured(), stop: StopFlag(), log: Log(service: "test", minimum: .error))
        let stages = service.stages(try configured().own)
        #expect(Stage.stopOrder(stages.reversed())?.map(\.name) == ["producer", "processor", "sink"])
        // The gate counts by these: every topic that others may read has a reader.
        let topics = try configured().own.topics
        #expect(Set(stages.flatMap(\.reads)) == Set(topics.filter { $0 != .state }))
        #expect(topics.contains(.trends) && !topics.contains(.predictions), "of models, which there are none of")
    }
}

@Suite("The pipeline's summary")
struct SummaryTests {
    @Test("puts what has one heading together, in the order of the stages")
    func merged() {
        let text = Summary.text([
            SummarySection("ticks", [("sent", 12)]), SummarySection("windows", [("tumbling", 3)]),
            SummarySection("ticks", [("late", 0)]), SummarySection("rows in sqlite:x.db", []),
        ])
        #expect(
            text == """

                ticks
                  sent                12
                  late                0
                windows
                  tumbling            3
                rows in sqlite:x.db

                """)
    }
}
