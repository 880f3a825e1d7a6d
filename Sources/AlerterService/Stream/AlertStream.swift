internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// The alerter as a stream service: all records that rules can name in, alerts out.
///
/// It reads the same topics whatever the rules are: so its place in them is always that of all, and a rule that is added
/// later sees what comes from then on.
struct AlertStream: StreamService {
    /// What its inputs hold, in their order.
    static let kinds = RecordKind.allCases
    /// Topics that the alerter reads and writes.
    static let topics = StreamTopics(
        inputs: kinds.map(\.topic), outputs: [.alerts], state: .alerterState)

    private let context: ServiceContext
    private let configuration: AlerterConfiguration
    private let board: AlertBoard
    private var metrics: AlertMetrics

    init(_ context: ServiceContext, _ configuration: AlerterConfiguration, _ board: AlertBoard) {
        self.context = context
        self.configuration = configuration
        self.board = board
        metrics = AlertMetrics(context, configuration.rules)
    }

    var topics: StreamTopics { AlertStream.topics }

    func core(of partition: Int32) -> AlertCore { AlertCore(configuration.rules) }

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
