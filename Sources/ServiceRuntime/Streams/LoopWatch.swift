internal import CryptoCore
internal import Glibc
internal import KafkaClient
internal import ServiceKit
internal import System

/// Ends the process when its loop stands still for good because a call of librdkafka does not return, as
/// `KafkaProducer.sendOffsets` may. Only a new process goes on then, and it goes on from the last commit.
///
/// Waiting for a Kafka that is away is no standstill: the loop's own waits are turns, and a call that does not return counts only
/// while the group's coordinator answers somebody else.
/// *Thread*: it has one of its own, from `init` to `end`.
package final class LoopWatch: Sendable {
    /// When the process is ended. *Units*: ms.
    package struct Limits: Sendable {
        /// So long after its last turn a loop stands still.
        package let stillMs: Int64
        /// So long Kafka must have answered beside a loop that stands still.
        let answeringMs: Int64
        /// So long after a stop request a loop must have ended. Its own limits add up to less than ten seconds.
        let stopMs: Int64
        /// From one look to the next.
        let lookMs: Int64
        /// Leaves the process; a test puts something else here.
        let leave: @Sendable () -> Void

        /// Those of a loop whose turns take no longer than `stillMs`.
        package init(
            stillMs: Int64 = 15_000, answeringMs: Int64 = 30_000, stopMs: Int64 = 13_000, lookMs: Int64 = 1_000,
            leave: (@Sendable () -> Void)? = nil
        ) {
            (self.stillMs, self.answeringMs, self.stopMs, self.lookMs) = (stillMs, answeringMs, stopMs, lookMs)
            self.leave = leave ?? { _exit(ExitCode.failure.rawValue) }
        }
    }

    private let ended = StopFlag()

    /// - Parameter context: that of the loop, with which it begins, turns and ends.
    package init(_ context: ServiceContext, _ limits: Limits) {
        let ended = ended
        _ = Thread(name: "loop-watch") {
            var standstill = Standstill(limits)
            let clock = SystemClock()
            while !ended.wait(ms: limits.lookMs) {
                let stillMs = context.msSinceTurn
                let isHeld = standstill.isForGood(stillMs, at: clock.monotonicMs()) { LoopWatch.answers(context) }
                let isOverdue = context.stop.ageMs.map { $0 > limits.stopMs } ?? false
                guard isHeld || isOverdue, !ended.isRequested else { continue }
                context.log.error(
                    isHeld
                        ? "a call of librdkafka does not return, and only a new process goes on"
                        : "the loop has not ended in time after a stop request: the process ends without it",
                    ["still_seconds": (stillMs ?? 0) / 1000, "stopping": isOverdue])
                return limits.leave()
            }
        }
    }

    /// Watches no more.
    package func end() { ended.request() }

    /// Whether the group's coordinator answers, without which nobody can commit.
    private static func answers(_ context: ServiceContext) -> Bool {
        var kafka = context.kafka
        // Offsets that an open transaction holds back are no silence.
        kafka.set("isolation.level", to: "read_uncommitted", for: .consumer)
        do {
            let observer = try KafkaConsumer(kafka, group: context.group, onLog: { _, _, _ in })
            let place = TopicPartition(topic: context.topic(.ticks), partition: 0)
            _ = try observer.committed([place], timeoutMs: 3_000)
            return true
        } catch { return false }
    }
}

/// When a loop that stands still does so for good: Kafka has answered for a while, so the loop does not wait for Kafka.
struct Standstill {
    private let limits: LoopWatch.Limits
    private var answeringSinceMs: Int64?

    init(_ limits: LoopWatch.Limits) { self.limits = limits }

    /// - Parameters:
    ///   - stillMs: how long ago the loop turned last; nil when it does not run.
    ///   - nowMs: monotonic.
    ///   - answers: whether Kafka answers now; asked only of a loop that stands still.
    mutating func isForGood(_ stillMs: Int64?, at nowMs: Int64, answers: () -> Bool) -> Bool {
        guard let stillMs, stillMs >= limits.stillMs, answers() else {
            answeringSinceMs = nil
            return false
        }
        let sinceMs = answeringSinceMs ?? nowMs
        answeringSinceMs = sinceMs
        return nowMs - sinceMs >= limits.answeringMs
    }
}
