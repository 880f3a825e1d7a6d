internal import CryptoCore
internal import Foundation
internal import KafkaClient
internal import ServiceKit
internal import System
internal import TestSupport

/// The whole test: a storm, an undisturbed run over the same ticks, and the comparison.
final class KillTest {
    private let plan: Plan
    private let bench: Bench
    private let clock = SystemClock()

    init(_ plan: Plan, _ bench: Bench) {
        self.plan = plan
        self.bench = bench
    }

    /// - Throws: `Failure` when anything was lost, doubled, changed, or went wrong on the way.
    func run() throws {
        let started = clock.monotonicMs()
        let recordings = Recordings.load()
        say("kill-test: seed \(plan.seed), \(plan.rounds) rounds, \(recordings.count) recorded series of 20")
        try bench.servers.start()
        let stream = TickStream(seed: plan.seed, recordings: recordings)
        let storm = try runStorm(stream)
        let counts = try runCalm(stream, storm.ticks)
        let comparison = try compare()
        say("\nin the storm")
        for line in storm.tally.lines() { say("  \(line)") }
        row("restarts of fenced members", storm.fleet.restarts)
        row("transactions aborted", storm.fleet.logged("going back to the last commit"))
        row("members' transactions ended", storm.fleet.logged("ending the open transaction"))
        say("undisturbed")
        row("ticks", storm.ticks)
        for (name, value) in counts { row(name, value) }
        for topic in Comparison.topics { row(topic.rawValue, comparison.records[topic] ?? 0) }
        row("incomplete minutes", comparison.incomplete)
        say("wall time \(oneDecimal(Double(clock.monotonicMs() - started) / 1000)) s")
        say("lost \(comparison.lost), doubled \(comparison.doubled)")
        guard comparison.findings.isEmpty else {
            throw Failure(comparison.findings.prefix(10).joined(separator: "\n"))
        }
        say("equal, byte for byte")
    }

    // MARK: Parts

    private func runStorm(_ stream: TickStream) throws -> (ticks: Int, tally: Tally, fleet: Fleet) {
        try bench.makeTopics("storm")
        let fleet = bench.fleet("storm", brokers: bench.servers.proxied)
        let watch = OutputWatch(prefix: "storm", at: bench.servers.bootstrap)
        defer { watch.end() }
        let writer = InputWriter(
            stream, to: Topic.ticks.name(prefix: "storm"), at: bench.servers.bootstrap, perSecond: plan.rate)
        let storm = Storm(plan, bench.servers, fleet, watch, writer)
        try storm.run()
        try writer.finish()
        try bench.waitForEnd("storm", fleet)
        for member in fleet.members { try fleet.dismiss(member) }
        return (writer.count, storm.tally, fleet)
    }

    /// One processor, undisturbed, over the same ticks; what it counted, by name.
    private func runCalm(_ stream: TickStream, _ count: Int) throws -> [(name: String, value: Int)] {
        say("  undisturbed run over \(count) ticks")
        try bench.makeTopics("calm")
        try InputWriter(stream, to: Topic.ticks.name(prefix: "calm"), at: bench.servers.bootstrap, limit: count).wait()
        let fleet = bench.fleet("calm", brokers: bench.servers.bootstrap)
        let member = try fleet.start(nil)
        try bench.waitForEnd("calm", fleet)
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

    private func compare() throws -> Comparison {
        let reader = TopicReader(bootstrap: bench.servers.bootstrap)
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

    private func row(_ name: String, _ value: Int) {
        say("  \(name.padding(toLength: 28, withPad: " ", startingAt: 0)) \(value)")
    }
}
