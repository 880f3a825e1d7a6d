import CryptoCore
import Synchronization

/// What a walk through the minutes told.
final class Told: Sendable {
    private struct State {
        var starts: [Series: [Int64]] = [:]
        var end: String??
    }
    private let state = Mutex(State())

    func add(_ series: Series, _ starts: [Int64]) { state.withLock { $0.starts[series, default: []] += starts } }
    func end(_ reason: String?) { state.withLock { $0.end = .some(reason) } }

    var starts: [Series: [Int64]] { state.withLock { $0.starts } }
    var isEnded: Bool { state.withLock { $0.end != nil } }
    var reason: String? { state.withLock { $0.end ?? nil } }
}
