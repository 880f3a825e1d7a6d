internal import CMicroHTTPD

/// What happens when libmicrohttpd calls about a request: once with its headers, then with each piece of the body, then once more
/// at its end, and again after a connection that was suspended is resumed.
extension ServerCore {
    /// Decides by the headers alone, before the client sends its body.
    func begin(
        _ connection: ClientConnection, _ method: UnsafePointer<CChar>, _ path: UnsafePointer<CChar>
    ) -> MHD_Result {
        if isGone { return .NO }
        let length = connection.handle.header("Content-Length")
        let isChunked = connection.handle.header("Transfer-Encoding") != nil
        connection.begin(announced: length.flatMap(CBytes.number), isHead: CBytes.equal(method, "HEAD"))
        connection.sinceMs = hub.nowMs
        do throws(HTTPError) {
            // RFC 9112, 6.3: two lengths are an attempt to have two servers read two requests.
            if isChunked, length != nil { throw .badRequest("Content-Length beside Transfer-Encoding") }
            try admit(connection, HTTPMethod(method), CBytes.buffer(path))
            return .YES
        } catch {
            connection.answer = answer(error.response)
            // Answered now, libmicrohttpd closes the connection, as it must where a body follows that nobody wants.
            if length != nil || isChunked {
                connection.isParting = true
                return send(connection)
            }
            connection.phase = .answered
            return .YES
        }
    }

    /// Finds the route of a request, and whether the client may ask for it.
    private func admit(
        _ connection: ClientConnection, _ method: HTTPMethod?, _ path: UnsafeRawBufferPointer
    ) throws(HTTPError) {
        let handle = connection.handle
        try gate.checkHost(of: handle)
        let index: Int
        do throws(HTTPError) {
            (index, connection.match) = try router.find(method, path)
        } catch {
            try gate.checkToken(of: handle)  // strangers do not hear which paths there are
            throw error
        }
        connection.route = index
        let route = router.routes[index]
        if route.needsToken { try gate.checkToken(of: handle) }
        try gate.checkOrigin(of: handle, route.method)
        if let announced = connection.announced, announced > limits.bodyBytes {
            throw .tooLong(limit: limits.bodyBytes)
        }
    }

    /// Takes a piece of the body. A body that comes in one piece is handed to the handler where it lies.
    func take(
        _ piece: UnsafeRawBufferPointer, _ connection: ClientConnection, _ path: UnsafePointer<CChar>
    ) -> MHD_Result {
        if piece.count == connection.announced, connection.phase == .reading {
            call(connection, path, body: piece)
            return .YES
        }
        return keep(piece, of: connection)
    }

    /// All of the body was read, or the connection goes on after it was suspended.
    func goOn(_ connection: ClientConnection, _ path: UnsafePointer<CChar>) -> MHD_Result {
        if isGone { return .NO }
        if connection.phase == .reading {
            let body = takeBody(of: connection)
            body.withUnsafeBytes { call(connection, path, body: $0) }
        }
        switch connection.phase {
        case .waiting:
            connection.isSuspended = true
            MHD_suspend_connection(connection.handle)
            return .YES
        case .answered, .listening: return send(connection)
        case .idle, .reading, .sending, .refused: return .NO
        }
    }

    /// Hands the request to its route; the answer lies in the connection then, or will.
    private func call(_ connection: ClientConnection, _ path: UnsafePointer<CChar>, body: UnsafeRawBufferPointer) {
        guard let index = connection.route else { return }
        let route = router.routes[index]
        let request = HTTPRequest(
            route, borrowing: connection.handle, path: CBytes.buffer(path), match: connection.match)
        connection.phase = .answered
        do throws(HTTPError) {
            switch route.kind {
            case .now(let handler):
                let response = try handler(request, body.bytes)
                let isPacked = route.isCompressed && request.takesGzip
                connection.answer = hold(isPacked ? response.compressed() : response, connection)
            case .later(let handler, let patienceMs, let otherwise):
                let pending = wait(
                    connection, isCompressed: route.isCompressed && request.takesGzip, patienceMs: patienceMs,
                    otherwise: otherwise)
                do throws(HTTPError) {
                    try handler(request, body.bytes, pending)
                } catch {
                    pending.send(error.response)
                }
            case .events(let choice):
                let stream = try choice(request)
                connection.answer = hub.makeResponse(connection, stream).map { .init(status: 200, response: $0) }
            case .files(let files):
                guard let (status, response) = files.answer(try request.parameter("*"), to: connection.handle) else {
                    throw .notFound
                }
                connection.answer = .init(status: status, response: response, isShared: true)
            }
        } catch {
            connection.answer = answer(error.response)
        }
    }

    /// Gives the answer to libmicrohttpd; closes the connection where there was no memory for one.
    private func send(_ connection: ClientConnection) -> MHD_Result {
        guard let answer = connection.answer else { return .NO }
        connection.answer = nil
        if connection.phase != .listening { connection.phase = .sending }
        connection.sinceMs = hub.nowMs
        answered += 1
        statistics.count(route: connection.route, status: answer.status)
        defer { answer.release() }
        return MHD_queue_response(connection.handle, answer.status, answer.response)
    }
}
