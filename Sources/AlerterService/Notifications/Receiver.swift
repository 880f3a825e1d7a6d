internal import System

/// What came of an attempt to deliver.
enum DeliveryOutcome: Equatable, Sendable {
    /// The receiver has it.
    case taken
    /// Another attempt may succeed. *Units*: `retryAfterMs` in ms, what the receiver asked for.
    case failed(reason: String, retryAfterMs: Int64?)
    /// The receiver will never take it.
    case refused(reason: String)
}

/// One way to deliver notifications: one attempt at a time, polled by the thread that owns it.
protocol Receiver: AnyObject {
    /// How many changes one attempt takes at most.
    var batchLimit: Int { get }
    /// Starts an attempt. *Units*: `nowMs` in ms since the epoch.
    func begin(_ changes: [AlertChange], at nowMs: Int64)
    /// Waits at most so long for the outcome of the attempt that was begun; nil while it is under way.
    func poll(waitMs: Int32) -> DeliveryOutcome?
    /// Gives up the attempt, if one is under way; nobody knows whether the receiver has it.
    func cancel()
}

extension NotifierTarget {
    /// - Parameter refreshMs: how often Alertmanager is told what fires.
    func receiver(refreshMs: Int64) -> any Receiver {
        switch self {
        case .webhook, .alertmanager, .telegram: HTTPReceiver(self, refreshMs: refreshMs)
        case .command(let words): CommandReceiver(words, name: name)
        case .console: ConsoleReceiver()
        }
    }
}
