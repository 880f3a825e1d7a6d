internal import CMicroHTTPD
internal import Glibc

/// One client that listens to a stream: its place in it. *Thread*: the one that runs the server.
///
/// libmicrohttpd asks `read` whenever the socket takes more. Where there is nothing to say the connection is suspended, which
/// takes it off libmicrohttpd's lists, until `EventHub` resumes it: for an event, a heartbeat, or the end.
final class EventClient {
    /// How a client's listening ends.
    enum Ending {
        /// The stream or the server ends: it gets what it has not yet, and is told.
        case told
        /// It left.
        case gone
        /// It was too far behind.
        case cut
    }

    let connection: ClientConnection
    let stream: EventStream
    /// Where it is among the clients of the hub.
    var index = 0
    private(set) var isSuspended = false
    private(set) var ending: Ending?
    private var place: UInt64
    /// What it is told beside the events.
    private var aside: ArraySlice<UInt8>
    private var hasGoodbye = false
    private var lastSentMs: Int64
    private unowned let hub: EventHub

    init(_ connection: ClientConnection, _ stream: EventStream, after id: String?, hub: EventHub) {
        self.connection = connection
        self.stream = stream
        self.hub = hub
        let (place, greeting) = stream.begin(after: id)
        self.place = place
        aside = greeting[...]
        lastSentMs = hub.nowMs
    }

    /// Looks whether there is something to say, and whether the client still listens.
    func look() {
        if stream.isFinished || hub.isStopping { end(.told) }
        if place < stream.tail { end(.cut) }
        let hasMore = stream.head > place
        guard isSuspended else {
            // libmicrohttpd waits for room in the socket. Closing it is the only way to end that.
            if ending == .cut { shutdown(connection.descriptor, Int32(SHUT_RDWR)) }
            return
        }
        let isQuiet = hub.nowMs - lastSentMs >= stream.limits.heartbeatMs
        if ending == nil, !hasMore, isQuiet { say(EventText.heartbeat) }
        if ending != nil || hasMore || !aside.isEmpty { resume() }
    }

    /// The first ending stays, except that who is told may still be cut, or leave.
    func end(_ ending: Ending) {
        guard self.ending == nil || (self.ending == .told && ending != .told) else { return }
        self.ending = ending
        if ending == .cut { hub.cut += 1 }
    }

    func resume() {
        guard isSuspended else { return }
        isSuspended = false
        MHD_resume_connection(connection.handle)
    }

    /// Fills the buffer with what comes next. *Complexity*: no allocation where there are events.
    func read(into buffer: UnsafeMutableRawBufferPointer) -> Int {
        switch ending {
        case .cut, .gone: return Int(MHD_CONTENT_READER_END_WITH_ERROR)
        case .told, nil: break
        }
        if !aside.isEmpty { return sayAside(buffer) }
        guard let count = stream.copy(from: place, into: buffer) else {
            end(.cut)
            return Int(MHD_CONTENT_READER_END_WITH_ERROR)
        }
        place += UInt64(count)
        if count > 0 {
            lastSentMs = hub.nowMs
            return count
        }
        if ending == .told {
            if hasGoodbye { return Int(MHD_CONTENT_READER_END_OF_STREAM) }
            hasGoodbye = true
            say(EventText.end)
            return sayAside(buffer)
        }
        isSuspended = true
        MHD_suspend_connection(connection.handle)
        return 0
    }

    private func say(_ text: StaticString) { aside = text.withUTF8Buffer { Array($0)[...] } }

    private func sayAside(_ buffer: UnsafeMutableRawBufferPointer) -> Int {
        let part = aside.prefix(buffer.count)
        buffer.copyBytes(from: part)
        aside = aside.dropFirst(part.count)
        lastSentMs = hub.nowMs
        return part.count
    }
}
