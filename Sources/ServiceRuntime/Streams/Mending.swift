internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import System

/// Waits for somebody to mend in Kafka what no restart does, from outside the group, which has to stay without members until then.
///
/// Topics with different numbers of partitions (`PartitionMismatch`), state and offsets that do not fit (`StateProblem`).
struct Mending<Service: StreamService> {
    private static var lookMs: Int64 { 2_000 }

    let context: ServiceContext
    let service: Service

    /// Whether an error is one of these, or about a partition that a topic lacks: then the topics say more.
    static func isNeeded(after error: any Error) -> Bool {
        error is StateProblem || error is PartitionMismatch || (error as? KafkaError)?.isUnknownPartition == true
    }

    /// Says once what is to be mended, stays not ready, and looks every two seconds whether it is mended or stop is requested.
    func wait(after error: any Error) {
        var problem: (any Error)? = error
        if error is KafkaError {
            problem = try? context.partitionMismatch(of: service.topics.all)
            if problem == nil {
                context.log.warning("a partition is not known yet", ["error": "\(error)"])
                context.stop.wait(ms: Mending.lookMs)
            }
        }
        var isSaid = false
        while let found = problem {
            let words =
                found is PartitionMismatch ? "\(found); \(context.service) --reset does that, too" : "\(found)"
            context.notReady("state", because: words)
            // What is left while somebody mends it one by one stands on `/health/ready` only.
            if !isSaid { context.log.error("somebody has to mend this in Kafka", ["problem": words]) }
            isSaid = true
            guard !context.stop.wait(ms: Mending.lookMs) else { return }
            // What is another error than Kafka's being away is for the next life to say.
            do { problem = try look(after: found) } catch KafkaError.retriable { continue } catch { return }
        }
    }

    /// The problem as it is now; nil when it is mended.
    private func look(after problem: any Error) throws -> (any Error)? {
        guard let problem = problem as? StateProblem else {
            return try context.partitionMismatch(of: service.topics.all)
        }
        let restorer = ChangelogRestorer(context: context, service: service)
        let observer = try KafkaConsumer(context.kafka, group: context.group, onLog: context.kafkaLog)
        do { _ = try restorer.restore(problem.partitions, committedIn: observer) } catch let again as StateProblem {
            return again
        }
        return nil
    }
}
