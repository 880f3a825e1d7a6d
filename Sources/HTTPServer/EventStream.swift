internal import Synchronization

/// What is published is heard by every client that listens: server-sent events.
///
/// The newest events are kept in one ring that all clients read from, each at its own place: 10,000 clients cost 10,000 places.
/// A client that comes back names the last event it had (`Last-Event-ID`) and goes on behind it; where that is no longer kept,
/// it gets an event `gap` first and then all that is. A client that falls behind by more than is kept is cut off, and may come
/// back. *Source*: WHATWG HTML, section 9.2. *Thread*: any.
package final class EventStream: Sendable {
    /// How much is kept, for how long clients hear nothing, and what they are told.
    package struct Limits: Sendable {
        /// Bytes of the newest events: what a client that comes back gets again, and by how much one may be behind.
        package var keptBytes = 1 << 20
        /// After so long without an event a client gets a comment, which keeps proxies from hanging up. *Units*: ms.
        package var heartbeatMs: Int64 = 15_000
        /// After how long a client that lost its connection comes back. *Units*: milliseconds.
        package var retryMs = 2_000

        /// The usual ones.
        package init() {}
    }

    private struct State {
        var ring: EventRing
        var line: [UInt8] = []
        var wakers: [Waker] = []
    }

    let limits: Limits
    /// Tells this stream's events from those of the last run, whose numbers began at 1 too.
    private let run = String(UInt32.random(in: .min ... .max), radix: 16)
    private let state: Mutex<State>
    private let newest = Atomic<UInt64>(0)
    private let oldest = Atomic<UInt64>(0)
    private let isFinishing = Atomic<Bool>(false)

    /// A stream on which nothing was published yet.
    package init(limits: Limits = Limits()) {
        self.limits = limits
        state = Mutex(State(ring: EventRing(bytes: limits.keptBytes)))
    }

    /// Publishes an event; `name` is what browsers dispatch it as, `message` where it is nil.
    /// - Returns: false when it would take more than a quarter of what is kept: clients get an event `gap` in its place.
    /// *Complexity*: one copy of the bytes, however many clients listen.
    @discardableResult
    package func publish(_ data: RawSpan, name: String? = nil) -> Bool {
        let (wakers, isWhole) = state.withLock { state in
            let id = "\(run)-\(state.ring.nextNumber)"
            state.line.removeAll(keepingCapacity: true)
            EventText.write(data, id: id, name: name, into: &state.line)
            let isWhole = state.line.count <= limits.keptBytes / 4
            if !isWhole { state.line = Array("id: \(id)\n\(EventText.gap)".utf8) }
            state.ring.append(state.line)
            oldest.store(state.ring.tail, ordering: .relaxed)
            newest.store(state.ring.head, ordering: .releasing)
            return (state.wakers, isWhole)
        }
        for waker in wakers { waker.wake() }
        return isWhole
    }

    /// The id of the newest event: who asks with it as `Last-Event-ID` goes on behind that. Before the first event it is one that leads to
    /// all of them.
    package var lastID: String { state.withLock { "\(run)-\($0.ring.nextNumber - 1)" } }

    /// Ends the stream: clients get what they have not yet, then an event `end`, and the connection is closed.
    package func finish() {
        isFinishing.store(true, ordering: .releasing)
        for waker in state.withLock({ $0.wakers }) { waker.wake() }
    }

    // MARK: The server's side

    /// Behind the newest event.
    var head: UInt64 { newest.load(ordering: .acquiring) }

    /// Where the oldest kept event begins: who is before it has lost events.
    var tail: UInt64 { oldest.load(ordering: .acquiring) }

    /// Whether clients are to be told that it ends.
    var isFinished: Bool { isFinishing.load(ordering: .acquiring) }

    /// From now on the server is told of what is published.
    func attach(_ waker: Waker) {
        state.withLock { state in
            if !state.wakers.contains(where: { $0 === waker }) { state.wakers.append(waker) }
        }
    }

    func detach(_ waker: Waker) {
        state.withLock { state in state.wakers.removeAll { $0 === waker } }
    }

    /// Where a client begins, by the id of the last event it had, and what it is told first.
    func begin(after id: String?) -> (place: UInt64, greeting: [UInt8]) {
        let retry = "retry: \(limits.retryMs)\n\n"
        return state.withLock { state in
            guard let id, !id.isEmpty else { return (state.ring.head, Array(retry.utf8)) }
            let parts = id.split(separator: "-", omittingEmptySubsequences: false)
            if parts.count == 2, parts[0] == run, let number = UInt64(parts[1]),
                let place = state.ring.place(after: number)
            {
                return (place, Array(retry.utf8))
            }
            return (state.ring.tail, Array("\(retry)\(EventText.gap)".utf8))
        }
    }

    /// Copies what comes after a place; nil when that is no longer kept.
    func copy(from place: UInt64, into buffer: UnsafeMutableRawBufferPointer) -> Int? {
        state.withLock { $0.ring.copy(from: place, into: buffer) }
    }
}

/// Events as text.
enum EventText {
    static let heartbeat: StaticString = ":\n\n"
    static let end: StaticString = "event: end\ndata: {}\n\n"
    /// Something was published that the client does not get.
    static let gap = "event: gap\ndata: {}\n\n"

    /// Each line of the data becomes one of the event: `\n`, `\r` and `\r\n` end them.
    static func write(_ data: RawSpan, id: String, name: String?, into line: inout [UInt8]) {
        line += "id: ".utf8
        line += id.utf8
        if let name {
            precondition(!name.utf8.contains { $0 == 10 || $0 == 13 }, "the name of an event is one line")
            line += "\nevent: ".utf8
            line += name.utf8
        }
        line += "\ndata: ".utf8
        data.withUnsafeBytes { bytes in
            for (index, byte) in bytes.enumerated() {
                switch byte {
                case 13: line += "\ndata: ".utf8
                case 10 where index > 0 && bytes[index - 1] == 13: continue
                case 10: line += "\ndata: ".utf8
                default: line.append(byte)
                }
            }
        }
        line += "\n\n".utf8
    }
}
