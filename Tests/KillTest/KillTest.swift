internal import CryptoCore
internal import Foundation
internal import KafkaClient
internal import ServiceKit
internal import System
internal import TestSupport

/// The whole test: of each core a storm, an undisturbed run over the same records, and the comparison.
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
        try bench.servers.start()
        for subject in try Subject.all(plan, filesIn: bench.folder) { try run(subject) }
    }

    private func run(_ subject: Subject) throws {
        let started = clock.monotonicMs()
        say("kill-test: \(subject.program.name), seed \(plan.seed), \(plan.rounds) rounds")
        let storm = try runStorm(subject)
        let counts = try runCalm(subject, storm.counts)
        let comparison = try compare(subject)
        say("\nin the storm")
        for line in storm.tally.lines() { say("  \(line)") }
        row("restarts of fenced members", storm.fleet.restarts)
        row("transactions aborted", storm.fleet.logged("going back to the last commit"))
        row("members' transactions ended", storm.fleet.logged("ending the open transaction"))
        say("undisturbed")
        for (input, count) in zip(subject.inputs, storm.counts) { row("read from \(input.topic.rawValue)", count) }
        for (name, value) in counts { row(name, value) }
        for topic in subject.outputs { row(topic.rawValue, comparison.records[topic] ?? 0) }
        if comparison.incomplete > 0 { row("incomplete minutes", comparison.incomplete) }
        say("wall time \(oneDecimal(Double(clock.monotonicMs() - started) / 1000)) s")
        say("lost \(comparison.lost), doubled \(comparison.doubled)")
        guard comparison.findings.isEmpty else {
            throw Failure(comparison.findings.prefix(10).joined(separator: "\n"))
        }
        say("equal, byte for byte")
    }

    // MARK: Parts

    private func writer(_ input: Subject.Input, _ prefix: String, limit: Int? = nil, perSecond: Int? = nil)
        -> InputWriter
    {
        InputWriter(
            input.stream, to: input.topic.name(prefix: prefix), schema: input.schema, at: bench.servers.bootstrap,
            limit: limit, perSecond: perSecond)
    }

    private func runStorm(_ subject: Subject) throws -> (counts: [Int], tally: Tally, fleet: Fleet) {
        let prefix = "\(subject.name)storm"
        try bench.makeTopics(prefix)
        let fleet = bench.fleet(prefix, of: subject.program, brokers: bench.servers.proxied)
        let watch = OutputWatch(
            prefix: prefix, topics: subject.outputs.filter { $0 != .deadLetter }, at: bench.servers.bootstrap)
        defer { watch.end() }
        let writers = subject.inputs.map { writer($0, prefix, perSecond: $0.perSecond) }
        let storm = Storm(plan, bench.servers, fleet, watch, writers)
        try storm.run()
        for writer in writers { try writer.finish() }
        try bench.waitForEnd(prefix, fleet, of: subject.inputs.map { ($0.topic, $0.waiting) })
        for member in fleet.members { try fleet.dismiss(member) }
        return (writers.map(\.count), storm.tally, fleet)
    }

    /// One process, undisturbed, over the same records; what it counted, by name.
    private func runCalm(_ subject: Subject, _ counts: [Int]) throws -> [(name: String, value: Int)] {
        let prefix = "\(subject.name)calm"
        say("  undisturbed run over \(counts.reduce(0, +)) records")
        try bench.makeTopics(prefix)
        for (input, count) in zip(subject.inputs, counts) { try writer(input, prefix, limit: count).wait() }
        let fleet = bench.fleet(prefix, of: subject.program, brokers: bench.servers.bootstrap)
        let member = try fleet.start(nil)
        try bench.waitForEnd(prefix, fleet, of: subject.inputs.map { ($0.topic, $0.waiting) })
        let counted = try subject.counters.map { name in
            let value = member.metric(name) ?? 0
            guard value > 0 else { throw Failure("\(name) is 0: the test proves nothing") }
            return (name: name, value: value)
        }
        guard fleet.restarts == 0 else { throw Failure("the undisturbed run was disturbed") }
        try fleet.dismiss(member)
        return counted
    }

    private func compare(_ subject: Subject) throws -> Comparison {
        let reader = TopicReader(bootstrap: bench.servers.bootstrap)
        let prefixes = (calm: "\(subject.name)calm", storm: "\(subject.name)storm")
        for input in subject.inputs {
            let digests = try [prefixes.calm, prefixes.storm].map { try reader.digest(input.topic.name(prefix: $0)) }
            guard digests[0] == digests[1] else { throw Failure("the two runs had different input: the test is wrong") }
        }
        var comparison = Comparison()
        for topic in subject.outputs {
            let calm = try reader.records(topic, prefix: prefixes.calm)
            for text in subject.texts.filter({ $0.topic == topic }).map(\.text)
            where !calm.values.joined().contains(where: { $0.text.contains(text) }) {
                throw Failure("no record of \(topic.rawValue) has \(text): the test proves nothing")
            }
            comparison.compare(topic, calm: calm, storm: try reader.records(topic, prefix: prefixes.storm))
        }
        return comparison
    }

    private func row(_ name: String, _ value: Int) {
        say("  \(name.padding(toLength: 28, withPad: " ", startingAt: 0)) \(value)")
    }
}
