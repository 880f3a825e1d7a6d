internal import CMicroHTTPD

/// One connection, and the request that it is at.
///
///     idle ─▶ reading ─┬──────────────▶ answered ─▶ sending ─▶ idle
///                      ├─▶ waiting ───▶ answered              (another thread answers)
///                      └─▶ listening ─▶ idle                  (server-sent events)
///     refused by its headers: reading ─▶ answered, or at once sending where a body would follow
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
    var isTooLong = false
    var answer: Answer?
    var pending: PendingAnswer?
    var isSuspended = false
    var listener: EventClient?
    private var surplus = 0

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
        body.removeAll(keepingCapacity: body.capacity <= 64 << 10)
        isTooLong = false
        surplus = 0
    }

    /// Keeps what fits; false when the client sends so much more that reading on is pointless.
    func take(_ bytes: UnsafeRawBufferPointer, limit: Int) -> Bool {
        if !isTooLong, body.count + bytes.count <= limit {
            body.append(contentsOf: bytes)
            return true
        }
        isTooLong = true
        body = []
        surplus += bytes.count
        // Most clients read no answer before they have sent all: of twice the limit and more they hear what it is.
        return surplus <= limit + max(1 << 20, 2 * limit)
    }

    /// Whether the client has asked for something that it has not got yet.
    var isOwedAnswer: Bool {
        switch phase {
        case .idle, .reading, .listening: false
        case .answered, .waiting, .sending: true
        }
    }
}
