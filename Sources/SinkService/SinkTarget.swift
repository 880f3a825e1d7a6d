internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

/// One of the sink's stores, with the members of its group. *Thread*: one calls `run`, the first member's.
struct SinkTarget: Sendable {
    let context: ServiceContext
    let configuration: SinkConfiguration
    /// As `--store` names it.
    let uri: String
    /// Its place among the stores.
    let number: Int
    /// Its name in metrics; nil where it is the only one.
    let label: String?
    let report: ServiceReport
    let membership: Membership

    /// Runs until stop is requested.
    /// - Parameter partitions: how many each topic has.
    /// - Throws: what only a restart or a person can mend.
    func run(_ partitions: Int) throws {
        guard let location = try locate() else { return }
        let count = min(configuration.connections, location.maximumWriters)
        context.log.info("writing", ["store": location.description, "connections": count])
        let metrics = SinkMetrics(context, store: label)
        let members = (0..<count).map { SinkMember.Identity(index: $0, count: count, partitions: partitions) }
        for member in members {
            for condition in SinkMember.conditions { context.notReady(member.name(of: condition), because: "starting") }
        }
        let others = members.dropFirst().map { member in
            Thread(name: "sink-\(number)-\(member.index)", stopping: context.stop) {
                try SinkMember(self, member, location, metrics).run()
            }
        }
        try SinkMember(self, members[0], location, metrics).run()
        context.stop.wait()
        _ = Thread.joinAll(others, ms: SinkService.stopMs - (context.stop.ageMs ?? 0))
        for other in others {
            if case .failed(let error) = other.join(ms: 0) { throw error }
        }
    }

    /// Tries until DNS answers for `mongodb+srv`; nil when stop was requested first.
    private func locate() throws -> StoreLocation? {
        var backoff = Backoff(capMs: 5_000)
        while !context.stop.isRequested {
            do { return try StoreLocation(uri) } catch {
                if case .badLocation(let problem) = error { throw UsageError("--store \(problem)") }
                guard case .away = error else { throw error }
                context.notReady("store", because: "\(error)")
                context.log.warning("waiting for the store", ["error": "\(error)"])
            }
            context.stop.wait(ms: backoff.next())
        }
        return nil
    }
}
