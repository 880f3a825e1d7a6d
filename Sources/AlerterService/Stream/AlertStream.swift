internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// The alerter as a stream service: the records that rules name in, alerts out.
///
/// It is dealt the partitions of all topics that rules can name, whatever the rules are, and reads those that its rules do name. A topic that a
/// rule names for the first time is begun where the alerter begins: the rule sees what comes from then on.
struct AlertStream: StreamService {
    /// What its inputs hold, in their order.
    static let kinds = RecordKind.allCases

    /// Topics that the alerter reads and writes.
    static func topics(_ rules: RuleSet) -> StreamTopics {
        // Who has no rule reads all, as there is nothing to tell it what not.
        let idle = rules.kinds.isEmpty ? [] : kinds.filter { !rules.kinds.contains($0) }
        return StreamTopics(
            inputs: kinds.map(\.topic), idle: Set(idle.map(\.topic)), outputs: [.alerts], state: .alerterState)
    }

    private let context: ServiceContext
    private let configuration: AlerterConfiguration
    private let board: AlertBoard
    private var metrics: AlertMetrics
    /// How many partitions a topic has.
    private let partitions: Int

    /// - Parameter partitions: of a topic; nil: as many as one that is made gets.
    init(
        _ context: ServiceContext, _ configuration: AlerterConfiguration, _ board: AlertBoard, partitions: Int? = nil
    ) {
        self.partitions = partitions ?? context.common.partitions
        self.context = context
        self.configuration = configuration
        self.board = board
        metrics = AlertMetrics(context, configuration.rules)
    }

    var topics: StreamTopics { AlertStream.topics(configuration.rules) }

    /// A partition may remember its share of what all may: what it has room for depends on nothing but its records.
    func core(of partition: Int32) -> AlertCore {
        AlertCore(configuration.rules, limitBytes: configuration.shareBytes(of: partitions))
    }

    /// A record waits for those of other topics only where a rule names both: seconds count from it to whoever is told.
    var inputGroups: [Int]? { configuration.rules.groups(of: AlertStream.kinds) }

    var firstStart: StreamStart { configuration.beginning }

    /// Behind a broker that was away producers bring what they kept: until then no feed is silent.
    var steadyMs: Int64 { 10_000 }

    mutating func show(_ cores: [AlertCore?], unread: Int, at nowMs: Int64) {
        let active = cores.flatMap { core in
            var alerts = core?.alerts
            return alerts?.active() ?? []
        }
        metrics.show(cores, active)
        board.show(active)
    }

    mutating func assigned(_ core: AlertCore, partition: Int32) { metrics.assigned(core, partition: Int(partition)) }

    mutating func wrote(_ batch: OutputBatch) { metrics.wrote(batch) }

    mutating func committed(_ cores: [AlertCore?]) {
        for alert in metrics.takePending() {
            context.log.info(
                alert.state == .firing ? "alert fires" : "alert is resolved",
                [
                    "rule": alert.rule, "series": "\(alert.series)", "as_of": UTCTime.text(ms: alert.asOf),
                    "value": alert.value.map { "\($0)" } ?? "", "summary": alert.summary ?? "",
                ])
        }
        metrics.committed(cores)
    }

    mutating func aborted() { metrics.aborted() }
}
