internal import CryptoCore
internal import Foundation
internal import KafkaClient
internal import ServiceKit
internal import TestSupport

/// The whole test: a storm, an undisturbed run over the same ticks, and the comparison.
final class KillTest {
    private let plan: Plan
    private let folder: URL
    private let servers: Servers
    private var fleets: [Fleet] = []
    private let clock = SystemClock()

    init(_ plan: Plan, in folder: URL) {
        self.plan = plan
        self.folder = folder
        servers = Servers(in: folder, onWait: { try Interruption.check() })
    }

    /// - Throws: `Failure` when anything was lost, doubled, changed, or went wrong on the way.
    func run() throws {
        let started = clock.monotonicMs()
        let recordings = Recordings.load()
        say("kill-test: seed \(plan.seed), \(plan.rounds) rounds, \(recordings.count) recorded series of 20")
        try servers.start()
        let stream = TickStream(seed: plan.seed, recordings: recordings)
        let (count, storm) = try runStorm(stream)
        let calm = try runCalm(stream, count)
        let comparison = try compare()
        say("\nin the storm")
        for line in storm.tally.lines() { say("  \(line)") }
        say("  restarts of fenced members   \(fleets[0].restarts)")
        say("  transactions aborted         \(fleets[0].logged("going back to the last commit"))")
        say("  ticks                        \(count)")
        for (name, value) in calm { say("  \(name.padding(toLength: 28, withPad: " ", startingAt: 0)) \(value)") }
        for topic in Comparison.topics {
            let name = topic.rawValue.padding(toLength: 28, withPad: " ", startingAt: 0)
            say("  \(name) \(comparison.records[topic] ?? 0)")
        }
        say("  incomplete minutes           \(comparison.incomplete)")
        say("  wall time                    \(oneDecimal(Double(clock.monotonicMs() - started) / 1000)) s")
        say("  lost \(comparison.lost), doubled \(comparison.doubled)")
        guard comparison.findings.isEmpty else {
            throw Failure(comparison.findings.prefix(10).joined(separator: "\n"))
        }
        say("equal, byte for byte")
    }

    /// Every processor's log, for who looks for the reason.
    func writeLogs() {
        for fleet in fleets { fleet.writeLogs(to: folder) }
    }

    // MARK: Parts

    private func runStorm(_ stream: TickStream) throws -> (ticks: Int, storm: Storm) {
        try makeTopics("storm")
        let fleet = Fleet(brokers: servers.proxied, prefix: "storm", in: folder)
        fleets.append(fleet)
        servers.onWait = { try fleet.supervise() }
        let watch = OutputWatch(prefix: "storm", at: servers.bootstrap)
        defer { watch.end() }
        let writer = InputWriter(
            stream, to: Topic.ticks.name(prefix: "storm"), at: servers.bootstrap, perSecond: plan.rate)
        let storm = Storm(plan, servers, fleet, watch)
        try storm.run()
        try writer.finish()
        try waitForEnd("storm", fleet)
        for member in fleet.members { try fleet.dismiss(member) }
        return (writer.count, storm)
    }

    /// One processor, undisturbed, over the same ticks; what it counted, by name.
    private func runCalm(_ stream: TickStream, _ count: Int) throws -> [(name: String, value: Int)] {
        say("  undisturbed run over \(count) ticks")
        try makeTopics("calm")
        try InputWriter(stream, to: Topic.ticks.name(prefix: "calm"), at: servers.bootstrap, limit: count).wait()
        let fleet = Fleet(brokers: servers.bootstrap, prefix: "calm", in: folder)
        fleets.append(fleet)
        servers.onWait = { try fleet.supervise() }
        let member = try fleet.start(nil)
        try waitForEnd("calm", fleet)
        var counts: [(name: String, value: Int)] = []
        for name in ["ticks_counted", "duplicates", "late_ticks", "block_trades", "gaps", "dead_letters"] {
            let value = member.metric("cryptostream_processor_\(name)_total") ?? 0
            guard value > 0 else { throw Failure("\(name) is 0: the test proves nothing") }
            counts.append((name, value))
        }
        guard fleet.restarts == 0 else { throw Failure("the undisturbed run was disturbed") }
        try fleet.dismiss(member)
        return counts
    }

    private func makeTopics(_ prefix: String) throws {
        let admin = try KafkaAdmin(KafkaConfiguration(brokers: servers.bootstrap), onLog: { _, _, _ in })
        let topics = Topic.allCases.map { topic in
            NewTopic(
                name: topic.name(prefix: prefix), partitions: TickStream.partitions, configuration: topic.configuration)
        }
        let refused = try admin.createTopics(topics, timeoutMs: 30_000)
        if let refusal = refused.first { throw refusal.value }
    }

    /// Waits until the group has committed the end of every partition.
    private func waitForEnd(_ prefix: String, _ fleet: Fleet) throws {
        var configuration = KafkaConfiguration(brokers: servers.bootstrap)
        configuration.set("isolation.level", to: "read_uncommitted")
        let places = (0..<TickStream.partitions).map {
            TopicPartition(topic: Topic.ticks.name(prefix: prefix), partition: $0)
        }
        let admin = try KafkaAdmin(configuration, onLog: { _, _, _ in })
        let ends = try admin.endOffsets(of: places, timeoutMs: 10_000)
        let observer = try KafkaConsumer(configuration, group: "\(prefix)-processor", onLog: { _, _, _ in })
        try waitFor("all ticks of \(prefix) to be processed", seconds: 120, pollMs: 100) {
            try fleet.supervise()
            guard let committed = try? observer.committed(places, timeoutMs: 2_000) else { return false }
            return zip(committed, ends).allSatisfy { $0?.offset == $1 }
        }
    }

    private func compare() throws -> Comparison {
        let reader = TopicReader(bootstrap: servers.bootstrap)
        let digests = try ["storm", "calm"].map { try reader.digest(Topic.ticks.name(prefix: $0)) }
        guard digests[0] == digests[1] else { throw Failure("the two runs had different ticks: the test is wrong") }
        var comparison = Comparison()
        for topic in Comparison.topics {
            comparison.compare(
                topic, calm: try reader.records(topic, prefix: "calm"),
                storm: try reader.records(topic, prefix: "storm"))
        }
        return comparison
    }
}
