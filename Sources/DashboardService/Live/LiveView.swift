internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import Synchronization
internal import System

/// What is live, for those who ask (`GET /api/live`) and those who listen (`GET /api/stream`). *Thread*: any.
final class LiveView: Sendable {
    private struct State {
        var board: LiveBoard
        var surroundings = Surroundings()
        var told = Surroundings()
        var statusAt: Int64 = 0
        var snapshot: Snapshot?
    }

    /// Everything that was known up to an event, for as many as ask.
    private struct Snapshot {
        let number: UInt64
        let at: Int64
        let plain: HTTPResponse
        var packed: HTTPResponse?
    }

    /// How often what changed is told. *Units*: ms.
    static let eventMs: Int64 = 250
    private static let statusMs: Int64 = 1_000

    private let state: Mutex<State>
    /// Who listens.
    let stream: EventStream

    init() {
        var limits = EventStream.Limits()
        // A change of all of 500 series, twenty times.
        limits.keptBytes = 8 << 20
        stream = EventStream(limits: limits)
        state = Mutex(State(board: LiveBoard(started: SystemClock().wallMs())))
    }

    /// Changes the board.
    func change(_ body: (inout LiveBoard) -> Void) { state.withLock { body(&$0.board) } }

    /// Changes what is said of Kafka, the store and other services.
    func note(_ body: (inout Surroundings) -> Void) { state.withLock { body(&$0.surroundings) } }

    /// Tells what changed, and once a second how everything does.
    func publish(now: Int64) {
        let events = state.withLock { state in
            var events = state.board.takeEvents(now: now)
            if now - state.statusAt >= LiveView.statusMs || state.told != state.surroundings {
                (state.statusAt, state.told) = (now, state.surroundings)
                events.append(state.board.status(state.surroundings, now: now))
            }
            return events
        }
        for event in events { stream.publish(event.json.span.bytes, name: event.name.rawValue) }
    }

    /// How the other services do: an array in JSON.
    var services: String { state.withLock { $0.surroundings.services } }

    /// The series that are live.
    var series: [Series] { state.withLock { $0.board.rows.filter { $0.tick != nil }.map(\.series) } }

    /// Everything that is known. It is made anew when something was told since, or a second has passed.
    func snapshot(gzip: Bool) -> HTTPResponse {
        let snapshot = snapshot()
        guard gzip else { return snapshot.plain }
        if let packed = snapshot.packed { return packed }
        // Outside of the lock: what comes from Kafka meanwhile does not wait for it.
        let packed = snapshot.plain.compressed()
        state.withLock { state in
            if state.snapshot?.number == snapshot.number, state.snapshot?.at == snapshot.at {
                state.snapshot?.packed = packed
            }
        }
        return packed
    }

    private func snapshot() -> Snapshot {
        let now = SystemClock().wallMs()
        // Before the board is read: what is published meanwhile comes again, and its number says so.
        let id = stream.lastID
        return state.withLock { state in
            if let known = state.snapshot, known.number == state.board.number, now - known.at < LiveView.statusMs {
                return known
            }
            let json = state.board.snapshot(state.surroundings, id: id, version: Version.text, now: now)
            let made = Snapshot(number: state.board.number, at: now, plain: .json(json))
            state.snapshot = made
            return made
        }
    }
}
