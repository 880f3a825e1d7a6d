internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// `--reset` of a stream service: does what a `PartitionMismatch` or a `StateProblem` asks for, and nothing where there is none.
///
/// Each step may be done again, so a reset that was cut off is begun anew.
package struct StateReset<Service: StreamService> {
    let context: ServiceContext
    let service: Service
    /// Whether it asks before it does anything.
    let asks: Bool
    /// How long a broker may take for one answer.
    private static var callTimeoutMs: Int32 { 10_000 }

    package init(_ context: ServiceContext, _ service: Service, asks: Bool) {
        self.context = context
        self.service = service
        self.asks = asks
    }

    /// What has to be done, in this order.
    struct Plan: Equatable, CustomStringConvertible {
        /// Topics that get partitions: how many they have and how many then.
        var partitions: [String: Growth] = [:]
        /// The changelog, where it is to be deleted.
        var stateTopic: String?
        /// The group whose offsets are to be deleted.
        var group: String?
        /// Why.
        var reasons: [String] = []
        /// Where the service begins anew.
        var start = StreamStart.beginning

        struct Growth: Equatable {
            let from: Int32
            let to: Int32
        }

        var isEmpty: Bool { partitions.isEmpty && stateTopic == nil && group == nil }

        var description: String {
            var lines = partitions.sorted { $0.key < $1.key }.map { topic, growth in
                "add partitions to \(topic): \(growth.to) instead of \(growth.from); its records stay"
            }
            if let stateTopic { lines.append("delete topic \(stateTopic); the next start makes it anew") }
            if let group {
                lines.append("delete the offsets of group \(group); it begins at \(start.description)")
            }
            return lines.map { "  \($0)\n" }.joined()
        }
    }

    /// Some member of the group is still there.
    struct Refusal: Error, Equatable, CustomStringConvertible {
        let group: String
        let members: Int

        var description: String {
            """
            group \(group) has \(members == 1 ? "a member" : "\(members) members"): stop the service first, and wait out the \
            session timeout (10 s) of one with --instance; nothing was changed
            """
        }
    }

    /// Says what it will do, asks, does it; the program's last words.
    /// - Throws: `UsageError` where nobody can be asked and `--yes` does not stand; `Refusal`; `KafkaError`.
    package func run() throws -> String {
        let plan = try plan()
        let brokers = context.common.brokers
        guard !plan.isEmpty else {
            return "nothing to do: topics, state and offsets of group \(context.group) at \(brokers) fit together\n"
        }
        print("\(plan.reasons.joined(separator: "\n"))\n\nat \(brokers):\n\(plan)", terminator: "")
        if asks {
            guard Terminal.isThere else { throw UsageError("--reset: nobody can be asked here: add --yes to do this") }
            guard Terminal.confirms("do this?", until: context.stop) else { return "nothing was changed\n" }
        }
        try carryOut(plan)
        return "done\n"
    }

    /// Looks at topics, state and offsets.
    /// - Throws: `Refusal`; `KafkaError`.
    func plan() throws -> Plan {
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        let ours = Set(service.topics.all.map { context.topic($0) })
        let counts = try admin.topics(timeoutMs: StateReset.callTimeoutMs).filter { ours.contains($0.key) }
        let members = try admin.memberCount(ofGroup: context.group, timeoutMs: StateReset.callTimeoutMs)
        guard members == 0 else { throw Refusal(group: context.group, members: members) }
        var plan = Plan(start: service.firstStart)
        if let mismatch = PartitionMismatch(
            counts, ticks: context.topic(.ticks), brokers: context.common.brokers)
        {
            plan.reasons.append("\(mismatch)")
            for (topic, count) in mismatch.fewer { plan.partitions[topic] = .init(from: count, to: mismatch.count) }
        }
        let inputs = service.topics.inputs.compactMap { counts[context.topic($0)] }.min() ?? 0
        let state = counts[context.topic(service.topics.state)]
        do {
            let restorer = ChangelogRestorer(context: context, service: service)
            let observer = try KafkaConsumer(context.kafka, group: context.group, onLog: context.kafkaLog)
            if let state {
                _ = try restorer.restore(Array(0..<min(inputs, state)), committedIn: observer)
            } else {
                try restorer.checkNothingCommitted(in: Array(0..<inputs), committedIn: observer)
            }
        } catch let problem as StateProblem {
            plan.reasons.append("\(problem)")
            plan.stateTopic = state == nil ? nil : context.topic(service.topics.state)
            plan.group = context.group
        }
        return plan
    }

    /// - Throws: `KafkaError`.
    func carryOut(_ plan: Plan) throws {
        let admin = try KafkaAdmin(context.kafka, onLog: context.kafkaLog)
        try admin.createPartitions(plan.partitions.mapValues(\.to), timeoutMs: StateReset.callTimeoutMs)
        if let stateTopic = plan.stateTopic {
            try admin.deleteTopics([stateTopic], timeoutMs: StateReset.callTimeoutMs)
        }
        if let group = plan.group { try admin.deleteGroup(group, timeoutMs: StateReset.callTimeoutMs) }
    }
}
