import CryptoCore
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@testable import PipelineService

@Suite("Stages side by side", .waiting)
struct StageRunnerTests {
    private struct Broken: Error, Equatable {}

    /// What happened, in order.
    private final class Events: Sendable {
        private let monitor = Monitor<[String]>([])

        var all: [String] { monitor.withLock { $0 } }
        func add(_ event: String) { monitor.change { $0.append(event) } }
        /// Whether it happens within a while.
        func await(_ event: String) -> Bool {
            monitor.wait(ms: 20_000) { $0.contains(event) ? true : nil } ?? false
        }
        func isBefore(_ a: String, _ b: String) -> Bool {
            let all = all
            guard let first = all.firstIndex(of: a), let second = all.firstIndex(of: b) else { return false }
            return first < second
        }
    }

    private let events = Events()
    private let stop = StopFlag()

    private func context() throws -> ServiceContext {
        ServiceContext(
            service: "pipeline", try configured().common, stop: stop, log: Log(service: "test", minimum: .error))
    }

    /// A stage that runs until it is stopped.
    private func stage(_ name: String, reads: [Topic] = [], writes: [Topic] = []) -> Stage {
        Stage(name, reads: reads, writes: writes) { [events] context, _ in
            events.add("\(name) runs")
            context.stop.wait()
            events.add("\(name) stops")
            events.add("\(name) ended")
        }
    }

    /// A feed, a core behind it, and two readers of both.
    private var house: [Stage] {
        [
            stage("reader", reads: [.ticks, .trends]), stage("core", reads: [.ticks], writes: [.trends]),
            stage("feed", writes: [.ticks]), stage("other", reads: [.trends]),
        ]
    }

    private func runner(
        _ stages: [Stage], stopMs: Int64 = StageRunner.stopMs,
        ends: @escaping StageRunner.Ends = { _ in [] }
    ) throws -> StageRunner {
        StageRunner(stages, try context(), stopMs: stopMs, ends: ends)
    }

    private func expectStreamOrder() {
        for (writer, reader) in [("feed", "core"), ("feed", "reader"), ("core", "reader"), ("core", "other")] {
            #expect(events.isBefore("\(writer) ended", "\(reader) stops"), "\(writer) \(reader): \(events.all)")
        }
    }

    @Test("on a stop request each ends, and is asked to only after all have ended that write for it")
    func stopped() throws {
        let stages = house
        let (runner, events, stop) = (try runner(stages), events, stop)
        let starter = System.Thread(name: "stopper") {
            for stage in stages { #expect(events.await("\(stage.name) runs")) }
            stop.request()
        }
        try runner.run()
        expectStreamOrder()
        _ = starter.join(ms: 1_000)
    }

    @Test("a stop request from before, or while they start, is one")
    func stoppedEarly() throws {
        let early = try runner(house)
        stop.request()
        try early.run()
        expectStreamOrder()
        #expect(events.all.filter { $0.hasSuffix("ended") }.count == 4)
    }

    @Test("who has ended by itself ends all, in order and without an error")
    func finished() throws {
        let feed = Stage("feed", writes: [.ticks]) { [events] _, _ in events.add("feed ended") }
        try runner(house.filter { $0.name != "feed" } + [feed]).run()
        expectStreamOrder()
        #expect(!stop.isRequested)
    }

    @Test("enough is enough: then all end in order")
    func enough() throws {
        let events = events
        try runner(house).run { events.all.filter { $0.hasSuffix("runs") }.count == 4 }
        expectStreamOrder()
    }

    @Test("who cannot start stops all the others, and what stopped it is said with its name")
    func failsToStart() throws {
        let broken = Stage("broken", writes: [.late]) { _, _ in throw Broken() }
        #expect {
            try runner(house + [broken]).run()
        } throws: { error in
            "\(error)" == "broken: Broken()"
        }
        #expect(events.all.filter { $0.hasSuffix("ended") }.count == 4)
        let wrong = Stage("wrong") { _, _ in throw UsageError("--store: is wrong") }
        #expect(throws: UsageError("--store: is wrong")) { try runner([wrong]).run() }
    }

    @Test("who dies later stops all the others", arguments: ["feed", "core", "reader"])
    func dies(name: String) throws {
        let events = events
        let stages = house.map { stage in
            guard stage.name == name else { return stage }
            return Stage(name, reads: stage.reads, writes: stage.writes) { _, _ in
                for other in ["feed", "core", "reader", "other"] where other != name {
                    #expect(events.await("\(other) runs"))
                }
                throw Broken()
            }
        }
        #expect(throws: StageRunner.Failure.self) { try runner(stages).run() }
        #expect(events.all.filter { $0.hasSuffix("ended") }.count == 3)
    }

    @Test("who dies while it stops lets nobody wait who comes after it")
    func diesStopping() throws {
        let core = Stage("core", reads: [.ticks], writes: [.trends]) { context, _ in
            context.stop.wait()
            throw Broken()
        }
        stop.request()
        #expect(throws: StageRunner.Failure.self) {
            try runner(house.filter { $0.name != "core" } + [core]).run()
        }
        #expect(events.all.filter { $0.hasSuffix("ended") }.count == 3)
    }

    @Test("a reader is stopped only when it has done what is on its topics once their writers have ended")
    func readToTheEnd() throws {
        let place = TopicPartition(topic: "crypto.ticks", partition: 1)
        let (events, asked) = (events, Monitor<[[Topic]]>([]))
        let reader = Stage("reader", reads: [.ticks]) { context, report in
            #expect(events.await("feed ended"))
            #expect(!context.stop.wait(ms: 300), "it has not read to the end")
            report.note([PartitionOffset(place, offset: 4)])
            #expect(!context.stop.wait(ms: 300), "a record is missing")
            report.note([PartitionOffset(place, offset: 5)])
            context.stop.wait()
            events.add("reader ended")
        }
        let feed = Stage("feed", writes: [.ticks]) { _, _ in events.add("feed ended") }
        try runner([reader, feed]) { topics in
            #expect(events.all.contains("feed ended"), "ends of a topic that is still written")
            asked.withLock { $0.append(topics) }
            return [(place, Int64(5)), (TopicPartition(topic: "crypto.ticks", partition: 0), Int64(0))]
        }.run()
        #expect(events.all.contains("reader ended"))
        // Nobody writes for the feed: it need not be asked how far that goes.
        #expect(asked.withLock { $0 } == [[.ticks]])
    }

    @Test("who has ended, or where Kafka does not say how far it goes, is not waited for")
    func noEnds() throws {
        let gone = Stage("gone", reads: [.ticks]) { _, _ in }
        let place = TopicPartition(topic: "crypto.ticks", partition: 0)
        try runner([gone, stage("feed", writes: [.ticks])]) { _ in [(place, Int64(5))] }.run()
        stop.request()
        try runner([stage("reader", reads: [.ticks]), stage("feed", writes: [.ticks])]) { _ in nil }.run()
        #expect(events.isBefore("feed ended", "reader stops"))
    }

    @Test("after a stop request nobody is waited for beyond its share: neither to read nor to end")
    func shares() throws {
        let (release, events) = (StopFlag(), events)
        let stuck = Stage("stuck", writes: [.ticks]) { _, _ in release.wait() }
        let place = TopicPartition(topic: "crypto.ticks", partition: 0)
        stop.request()
        let started = SystemClock().monotonicMs()
        try runner([stuck, stage("reader", reads: [.ticks])], stopMs: 600) { _ in [(place, Int64(5))] }.run()
        #expect(SystemClock().monotonicMs() - started < 5_000)
        #expect(events.all.contains("reader ended"))
        release.request()
    }

    @Test("nobody is ready before it says so")
    func readiness() throws {
        let context = try context()
        _ = StageRunner([stage("a"), stage("b")], context, ends: { _ in nil })
        #expect(context.health.reasons.keys.sorted() == ["a.kafka", "b.kafka"])
    }
}
