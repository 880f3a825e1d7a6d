internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import Storage
internal import System

/// One member of a store's group: opens the store and runs sessions on it, a new one whenever another store stands in
/// its place. *Thread*: bound to one.
final class SinkMember {
    /// Which of the members it is.
    struct Identity: Sendable {
        let index: Int
        let count: Int
        /// How many each topic has.
        let partitions: Int

        /// What is its own without a group: every `count`-th partition.
        var own: [Int32] { (0..<Int32(partitions)).filter { Int($0) % count == index } }

        /// The name of a condition of this member.
        func name(of condition: String) -> String { index == 0 ? condition : "\(condition)-\(index)" }
    }

    /// What has to hold before the member is ready.
    static let conditions = ["store", "group"]

    private let target: SinkTarget
    private let identity: Identity
    private let location: StoreLocation
    private let metrics: SinkMetrics
    private let context: ServiceContext
    private var backoff = Backoff(firstMs: 100, capMs: 5_000)
    private let troubles = EveryNth(100)

    init(_ target: SinkTarget, _ identity: Identity, _ location: StoreLocation, _ metrics: SinkMetrics) {
        self.target = target
        self.identity = identity
        self.location = location
        self.metrics = metrics
        context = target.context
    }

    /// Runs until stop is requested.
    /// - Throws: what only a restart or a person can mend.
    func run() throws {
        var isFirst = true
        while !context.stop.isRequested {
            guard let (store, name) = try openStore(mayTakeOver: isFirst) else { return }
            let session = try SinkSession(target, identity, store, name, metrics)
            guard try session.run() == .replaced else { return }
            // Rows without an identity are then those of a batch that came while the store was taken away.
            isFirst = false
        }
    }

    /// Tries until the store opens and has an identity; nil when stop was requested first.
    private func openStore(mayTakeOver: Bool) throws -> (any Store, StoreIdentity)? {
        while !context.stop.isRequested {
            var reason: String
            do {
                let store = try location.open(keepMs: target.configuration.keepMs)
                let name = try begin(store, mayTakeOver: mayTakeOver)
                context.ready(identity.name(of: "store"))
                backoff.reset()
                return (store, name)
            } catch let error as StoreError {
                metrics.attemptsFailed.add()
                if case .fatal = error { throw error }
                if case .badLocation = error { throw error }
                reason = "\(error)"
            } catch let error as KafkaError {
                if case .fatal = error { throw error }
                reason = "Kafka does not say where the group stands: \(error)"
            }
            context.notReady(identity.name(of: "store"), because: reason)
            if troubles.isDue() { context.log.warning("waiting for the store", ["error": reason]) }
            context.stop.wait(ms: backoff.next())
        }
        return nil
    }

    /// Who the store is. A new one gets its identity here; one that a version without identities filled takes over the
    /// offsets of that version's group, once.
    private func begin(_ store: any Store, mayTakeOver: Bool) throws -> StoreIdentity {
        let prefix = context.common.prefix
        if store.identity == nil {
            var held: [HeldPartition] = []
            if mayTakeOver, target.membership == .group, try store.hasRows() {
                held = try FirstGroup(context).offsets()
            }
            let made = StoreIdentity(prefix: prefix)
            try store.begin(made, holding: held)
            // Another member may have been first.
            if !held.isEmpty, store.identity == made {
                context.log.info(
                    "the store has rows and no identity: it takes over the offsets of its group",
                    ["group": context.group, "partitions": held.count])
            }
        }
        guard let name = store.identity else { preconditionFailure("a store that began has an identity") }
        if name.prefix != prefix {
            // Rows of two prefixes have the same ids.
            throw StoreError.fatal(
                StoreFault("open", "\(location.description) is the store of --prefix \(name.prefix), not \(prefix)"),
                mend: "name another database, file or folder for this prefix")
        }
        return name
    }
}

@available(*, unavailable)
extension SinkMember: Sendable {}
