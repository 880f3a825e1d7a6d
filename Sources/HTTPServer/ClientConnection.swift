internal import CMicroHTTPD

/// One connection, and the request that it is at.
///
///     idle ─▶ reading ─┬──────────────▶ answered ─▶ sending ─▶ idle
///                      ├─▶ waiting ───▶ answered              (another thread answers)
///                      └─▶ listening ─▶ idle                  (server-sent events)
///     refused by its headers: reading ─▶ answered, or at once sending where a body would follow
///     refused while it still sends: idle or reading ─▶ refused ─▶ closed
///
/// Whatever it is at may end by the client's leaving: `WebServer.complete` then brings it back to idle.
/// *Thread*: the one that runs the server.
final class ClientConnection {
    /// What it is at.
    enum Phase {
        case idle
        /// The body comes.
        case reading
        /// The response lies in `answer` until libmicrohttpd asks for it.
        case answered
        /// Another thread answers; the connection is suspended once libmicrohttpd has asked.
        case waiting
        case sending
        case listening
        /// The answer was written beside libmicrohttpd, which only closes the connection.
        case refused
    }

    /// An answer that is there, as libmicrohttpd's response.
    struct Answer {
        let status: UInt32
        let response: OpaquePointer
        /// Whether it is one of a file, which others get too, and not ours to destroy.
        var isShared = false

        func release() { if !isShared { MHD_destroy_response(response) } }
    }

    let handle: OpaquePointer
    let descriptor: Int32
    /// Where it is among the connections of the server.
    var index = 0
    var phase = Phase.idle
    /// Since when it is idle, reading or sending: neither may last for ever.
    var sinceMs: Int64 = 0
    /// Of the memory that all connections share: its body's, then its answer's.
    var heldBytes = 0
    /// It is refused while the client still sends: it is read on when libmicrohttpd has closed it.
    var isParting = false
    /// The client will send nothing more.
    var hasEnded = false
    var isClosed = false

    /// The route's place; nil where the request has none.
    var route: Int?
    var match = PathMatch()
    /// The head of the answer alone is wanted.
    var isHead = false
    /// How long the body will be; nil where the client does not say.
    var announced: Int?
    var body: [UInt8] = []
    var answer: Answer?
    var pending: PendingAnswer?
    var isSuspended = false
    var listener: EventClient?

    init(_ handle: OpaquePointer, descriptor: Int32) {
        self.handle = handle
        self.descriptor = descriptor
    }

    /// A request begins.
    func begin(announced: Int?, isHead: Bool) {
        phase = .reading
        route = nil
        self.announced = announced
        self.isHead = isHead
    }

    /// Whether the client has asked for something that it has not got yet.
    var isOwedAnswer: Bool {
        switch phase {
        case .idle, .reading, .listening, .refused: false
        case .answered, .waiting, .sending: true
        }
    }
}
