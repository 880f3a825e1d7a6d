internal import CMicroHTTPD
internal import Glibc

/// What keeps one client from taking memory or time of the others: bodies and answers under way share a budget, and neither a request nor
/// a long answer may take for ever.
extension ServerCore {
    /// Answers up to this length are not counted: the connections are. *Units*: bytes.
    private static var smallAnswer: Int { 16 << 10 }
    /// From one look for slow clients to the next.
    private static var lookMs: Int64 { 1_000 }

    // MARK: Memory

    /// Keeps a piece of a body that comes in several; refuses it where it is too long, or where others hold too much.
    func keep(_ piece: UnsafeRawBufferPointer, of connection: ClientConnection) -> MHD_Result {
        guard connection.phase == .reading else { return .NO }
        guard connection.body.count + piece.count <= limits.bodyBytes else {
            return refuse(connection, .tooLong(limit: limits.bodyBytes))
        }
        guard makeRoom(for: piece.count, of: connection) else { return refuse(connection, .overloaded) }
        connection.body.append(contentsOf: piece)
        return .YES
    }

    private func makeRoom(for count: Int, of connection: ClientConnection) -> Bool {
        let needed = connection.body.count + count
        if needed <= connection.heldBytes { return true }
        // Doubled, so that a body is moved a few times at most.
        let room = max(needed, min(2 * connection.heldBytes, connection.announced ?? limits.bodyBytes))
        // However many bodies come, metrics and what else is asked without one have room for their answers.
        guard budget.take(room - connection.heldBytes, leaving: budget.limit / 4) else { return false }
        connection.heldBytes = room
        connection.body.reserveCapacity(room)
        return true
    }

    /// The body, which is no longer the connection's, and held no longer: the answer may need the room.
    func takeBody(of connection: ClientConnection) -> [UInt8] {
        budget.giveBack(connection.heldBytes)
        defer { (connection.body, connection.heldBytes) = ([], 0) }
        return connection.body
    }

    /// A handler's answer in libmicrohttpd's form, or that there is no room for it; nil without memory.
    func hold(_ response: HTTPResponse, _ connection: ClientConnection) -> ClientConnection.Answer? {
        let count = response.body.count
        if count <= ServerCore.smallAnswer { return answer(response) }
        guard budget.take(count) else { return answer(HTTPError.overloaded.response) }
        connection.heldBytes += count
        return answer(response)
    }

    // MARK: Time

    /// Refuses requests that do not come to their end, and cuts off clients that do not take a long answer.
    /// *Complexity*: linear in the connections, once a second.
    func giveUpOnSlow() {
        guard hub.nowMs >= nextLookMs else { return }
        nextLookMs = hub.nowMs + ServerCore.lookMs
        let requestMs = Int64(limits.requestSeconds) * 1_000, idleMs = Int64(limits.idleSeconds) * 1_000
        for connection in connections {
            let lastedMs = hub.nowMs - connection.sinceMs
            switch connection.phase {
            // libmicrohttpd closes one on which nothing happens: here a head comes, and does not end.
            case .idle where lastedMs >= requestMs + idleMs, .reading where lastedMs >= requestMs:
                _ = refuse(connection, .tooSlow(seconds: limits.requestSeconds))
                shutdown(connection.descriptor, Int32(SHUT_RDWR))
            case .sending where lastedMs >= requestMs && connection.heldBytes > 0:
                shutdown(connection.descriptor, Int32(SHUT_RDWR))
            default: break
            }
        }
    }

    // MARK: Refusing

    /// Answers while the client still sends, when libmicrohttpd takes no answer: on the socket itself, on which nothing is under way.
    /// - Returns: what has libmicrohttpd close the connection.
    private func refuse(_ connection: ClientConnection, _ error: HTTPError) -> MHD_Result {
        let response = error.response
        let status = UInt32(response.status)
        var text = "HTTP/1.1 \(status) \(String(cString: MHD_get_reason_phrase_for(status)))\r\n"
        let usual = [
            ("Content-Type", response.contentType), ("Content-Length", "\(response.body.count)"),
            ("Connection", "close"), ("X-Content-Type-Options", "nosniff"),
        ]
        for (name, value) in usual + response.headers { text += "\(name): \(value)\r\n" }
        let bytes = Array("\(text)\r\n".utf8) + response.body
        // A few hundred bytes, and the socket has room for thousands.
        _ = bytes.withUnsafeBytes {
            Glibc.send(connection.descriptor, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT | MSG_NOSIGNAL))
        }
        _ = takeBody(of: connection)
        connection.phase = .refused
        connection.isParting = true
        answered += 1
        statistics.count(route: connection.route, status: status)
        return .NO
    }
}
