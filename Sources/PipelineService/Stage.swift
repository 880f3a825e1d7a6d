internal import CryptoCore
internal import ServiceRuntime

/// A service of the pipeline: the topics that it reads and writes, how it is run, and what of it stands in the summary.
struct Stage: Sendable {
    /// Runs the service until the context's stop is requested, telling the report what it has done.
    typealias Run = @Sendable (ServiceContext, ServiceReport) throws -> Void

    /// The service's name in logs, metrics and conditions; at most 15 bytes, as its thread has it too.
    let name: String
    /// Topics that are read to their end before it stops.
    let reads: [Topic]
    /// Topics that it writes.
    let writes: [Topic]
    /// What the service has done so far.
    let report = ServiceReport()
    private let counts: @Sendable (ServiceReport) -> [SummarySection]
    let run: Run

    /// - Parameter counts: what is said of its report at the end.
    init(
        _ name: String, reads: [Topic] = [], writes: [Topic] = [],
        counts: @escaping @Sendable (ServiceReport) -> [SummarySection] = { _ in [] }, run: @escaping Run
    ) {
        self.name = name
        self.reads = reads
        self.writes = writes
        self.counts = counts
        self.run = run
    }

    /// What it has done, for the summary.
    var summary: [SummarySection] { counts(report) }

    /// Whether it reads what `other` writes. What a stage itself writes, a changelog for one, is no reason to wait.
    func follows(_ other: Stage) -> Bool {
        name != other.name && reads.contains { other.writes.contains($0) }
    }

    /// The order in which stages stop: each after all those that write what it reads, otherwise as they are listed.
    ///
    /// Nil when some of them read each other's topics in a circle, so that none could be the first.
    static func stopOrder(_ stages: [Stage]) -> [Stage]? {
        var rest = stages
        var order: [Stage] = []
        while !rest.isEmpty {
            let next = rest.firstIndex { stage in !rest.contains { stage.follows($0) } }
            guard let next else { return nil }
            order.append(rest.remove(at: next))
        }
        return order
    }
}
