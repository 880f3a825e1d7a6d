internal import CMicroHTTPD
internal import Glibc

/// What the server's callbacks work on: connections, answers under way, clients that listen.
/// *Thread*: the one that runs the server.
final class ServerCore {
    let router: Router
    let gate: Gate
    let limits: WebServer.Limits
    let waker: Waker
    let hub: EventHub
    let inbox: AnswerInbox
    var descriptors: Descriptors
    var statistics: HTTPStatistics
    /// What bodies and answers under way take.
    var budget: SharedBudget
    var parting = PartingClients()
    /// No new connections are taken, and those that are owed nothing are closed.
    var isStopping = false { didSet { hub.isStopping = isStopping } }
    /// The server goes: whoever asks now is closed.
    private(set) var isGone = false
    /// Answers so far.
    var answered: UInt64 = 0
    private(set) var connections: [ClientConnection] = []
    /// Clients that will send nothing more and are not closed yet.
    private var ended: [ClientConnection] = []
    private var waiting: [UInt64: Waiting] = [:]
    private var nextTicket: UInt64 = 1
    private var nextDeadlineMs = Int64.max
    /// When is looked next for clients that are too slow.
    var nextLookMs: Int64 = 0

    private struct Waiting {
        let connection: ClientConnection
        let deadlineMs: Int64
        let otherwise: @Sendable () -> HTTPResponse
    }

    /// - Throws: `.failed` when there is no descriptor left.
    init(_ router: Router, _ gate: Gate, _ limits: WebServer.Limits, waker: Waker) throws(HTTPServerError) {
        self.router = router
        self.gate = gate
        self.limits = limits
        budget = SharedBudget(limit: limits.heldBytes)
        self.waker = waker
        descriptors = try Descriptors(waker: waker.descriptor)
        hub = EventHub(waker)
        inbox = AnswerInbox(waker)
        statistics = HTTPStatistics(routes: router.routes.map(\.pattern.text))
    }

    // MARK: Connections

    func opened(_ handle: OpaquePointer) -> ClientConnection {
        let connection = ClientConnection(handle, descriptor: mhd_connection_socket(handle))
        connection.index = connections.count
        connection.sinceMs = hub.nowMs
        connections.append(connection)
        _ = descriptors.add(connection)  // without memory for it, its end is found when it idles out
        return connection
    }

    func closed(_ connection: ClientConnection) {
        connection.isClosed = true
        if connection.isParting, let copy = parting.add(copying: connection.descriptor, nowMs: hub.nowMs) {
            _ = descriptors.addParting(copy)
        }
        descriptors.remove(connection)
        let last = connections.removeLast()
        if last !== connection {
            connections[connection.index] = last
            last.index = connection.index
        }
    }

    func noteEnded(_ connection: ClientConnection) {
        guard !connection.hasEnded else { return }
        connection.hasEnded = true
        connection.pending?.noteClientEnded()
        ended.append(connection)
    }

    /// Closes connections whose other side has ended, all bytes of which are read and which are owed nothing.
    /// *Complexity*: two system calls for each of these.
    func hangUpOnEnded() {
        guard !ended.isEmpty else { return }
        ended.removeAll { connection in
            if connection.isClosed { return true }
            if let listener = connection.listener {
                listener.end(.gone)
                listener.resume()
                return false
            }
            return !connection.isOwedAnswer && hangUpIfRead(connection, atEnd: true)
        }
    }

    /// Closes connections that are owed nothing.
    func hangUpOnIdle() {
        for connection in connections where connection.phase == .idle { _ = hangUpIfRead(connection, atEnd: false) }
    }

    /// What comes before the end is libmicrohttpd's to read.
    private func hangUpIfRead(_ connection: ClientConnection, atEnd: Bool) -> Bool {
        var byte: UInt8 = 0
        let count = recv(connection.descriptor, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT))
        guard count == 0 || (!atEnd && count < 0) else { return false }
        shutdown(connection.descriptor, Int32(SHUT_RDWR))
        return true
    }

    // MARK: Answers of other threads

    /// Another thread will answer; nobody waits longer than the route says.
    func wait(
        _ connection: ClientConnection, isCompressed: Bool, patienceMs: Int64,
        otherwise: @escaping @Sendable () -> HTTPResponse
    ) -> PendingAnswer {
        let pending = PendingAnswer(ticket: nextTicket, inbox: inbox, isCompressed: isCompressed)
        nextTicket += 1
        let deadlineMs = hub.nowMs + patienceMs
        waiting[pending.ticket] = Waiting(connection: connection, deadlineMs: deadlineMs, otherwise: otherwise)
        nextDeadlineMs = min(nextDeadlineMs, deadlineMs)
        connection.pending = pending
        connection.phase = .waiting
        return pending
    }

    /// How long a turn may wait for its answers. *Units*: milliseconds.
    var patienceMs: Int64 { waiting.isEmpty ? .max : max(0, nextDeadlineMs - hub.nowMs) }

    func deliverAnswers() {
        for (ticket, response) in inbox.takeAll() { deliver(ticket) { _ in response } }
    }

    func giveUpOnLate() {
        guard hub.nowMs >= nextDeadlineMs else { return }
        for (ticket, late) in waiting where late.deadlineMs <= hub.nowMs {
            late.connection.pending?.drop()
            deliver(ticket) { $0.otherwise() }
        }
        nextDeadlineMs = waiting.values.map(\.deadlineMs).min() ?? .max
    }

    private func deliver(_ ticket: UInt64, _ make: (Waiting) -> HTTPResponse) {
        guard let one = waiting.removeValue(forKey: ticket) else { return }
        let connection = one.connection
        connection.pending = nil
        connection.answer = hold(make(one), connection)
        connection.phase = .answered
        resume(connection)
    }

    private func resume(_ connection: ClientConnection) {
        guard connection.isSuspended else { return }
        connection.isSuspended = false
        MHD_resume_connection(connection.handle)
    }

    /// The request is over, however it ended.
    func complete(_ connection: ClientConnection, isTimeout: Bool) {
        if let pending = connection.pending {
            pending.drop()
            waiting[pending.ticket] = nil
            connection.pending = nil
        }
        if let listener = connection.listener {
            if isTimeout { listener.end(.cut) }  // the socket took nothing for so long
            hub.remove(listener)
        }
        connection.answer?.release()
        connection.answer = nil
        _ = takeBody(of: connection)
        connection.phase = .idle
        connection.sinceMs = hub.nowMs
    }

    /// libmicrohttpd's form of it; nil without memory.
    func answer(_ response: HTTPResponse) -> ClientConnection.Answer? {
        MHDResponse.make(response, isLast: isStopping).map {
            ClientConnection.Answer(status: UInt32(clamping: response.status), response: $0)
        }
    }

    /// libmicrohttpd may not be stopped while connections are suspended.
    func resumeAll() {
        isGone = true
        hub.resumeAll()
        for one in waiting.values {
            one.connection.pending?.drop()
            one.connection.pending = nil
            resume(one.connection)
        }
        waiting = [:]
    }
}
