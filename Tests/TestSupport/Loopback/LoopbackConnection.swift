internal import Foundation
internal import Glibc
internal import System

/// The server's side of one connection; used by the handler, on its thread.
public final class LoopbackConnection {
    private let socket: Int32
    private let server: LoopbackServer
    /// Received and not yet read.
    private var pending: [UInt8] = []
    private var webSocketKey: String?
    private var target = ""
    /// No further request is read from it.
    private(set) var isOver = false

    init(socket: Int32, server: LoopbackServer) {
        self.socket = socket
        self.server = server
    }

    /// Answers the request; the connection stays for the next one.
    public func reply(
        _ status: Int, _ body: String = "", headers: [(String, String)] = [("Content-Type", "application/json")]
    ) throws {
        try reply(status, bytes: Array(body.utf8), headers: headers)
    }

    /// As above, with a body that may be no text.
    public func reply(_ status: Int, bytes: [UInt8], headers: [(String, String)] = []) throws {
        var head = "HTTP/1.1 \(status) Simulated\r\nContent-Length: \(bytes.count)\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try send(raw: Array((head + "\r\n").utf8) + bytes)
    }

    /// Sends bytes as they are: half an answer, rubbish.
    public func send(raw bytes: [UInt8]) throws {
        var sent = 0
        while sent < bytes.count {
            let count = bytes.withUnsafeBytes { all in
                try? SystemError.check("send") {
                    Glibc.send(socket, all.baseAddress! + sent, all.count - sent, Int32(MSG_NOSIGNAL))  // not empty
                }
            }
            guard let count, count > 0 else { throw LoopbackError.ended }
            sent += count
        }
    }

    /// Ends the connection in order (FIN), in the middle of whatever was said.
    public func finish() {
        isOver = true
        shutdown(socket, Int32(SHUT_RDWR))
    }

    /// Cuts the connection off (RST): what was not read is lost.
    public func cut() {
        isOver = true
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(socket, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
    }

    /// Says nothing until the client is gone or the server is stopped.
    public func stall() {
        isOver = true
        while (try? fill()) != nil { pending.removeAll() }
    }

    /// Whether the client has said something, or left, within a time.
    public func hasInput(waitMs: Int32) -> Bool {
        if !pending.isEmpty { return true }
        var input = pollfd(fd: socket, events: Int16(POLLIN), revents: 0)
        return poll(&input, 1, waitMs) > 0
    }

    /// Says nothing for a time.
    public func pause(ms: Int32) {
        var nothing = pollfd(fd: socket, events: 0, revents: 0)  // only a hangup ends it early
        poll(&nothing, 1, ms)
    }

    /// Switches to the WebSocket protocol.
    /// - Throws: `.malformed` when the request asks for none.
    public func acceptWebSocket(headers: [(String, String)] = []) throws -> LoopbackWebSocket {
        guard let webSocketKey else { throw LoopbackError.malformed("no WebSocket handshake") }
        isOver = true
        let accept = Data(sha1(Array((webSocketKey + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11").utf8)))
        var head = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        for (name, value) in headers { head += "\(name): \(value)\r\n" }
        try send(raw: Array((head + "Sec-WebSocket-Accept: \(accept.base64EncodedString())\r\n\r\n").utf8))
        return LoopbackWebSocket(self, server: server, target: target)
    }

    func readRequest() throws -> LoopbackRequest {
        let end = Array("\r\n\r\n".utf8)
        var head: String?
        while head == nil {
            if let at = pending.firstRange(of: end) {
                head = String(decoding: pending[..<at.lowerBound], as: UTF8.self)
                pending.removeSubrange(..<at.upperBound)
            } else {
                guard pending.count < 65536 else { throw LoopbackError.malformed("head") }
                try fill()
            }
        }
        var lines = (head ?? "").components(separatedBy: "\r\n")
        let words = lines.removeFirst().split(separator: " ")
        guard words.count == 3 else { throw LoopbackError.malformed("request line") }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":") else { throw LoopbackError.malformed("header") }
            headers[line[..<colon].lowercased()] =
                line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let body = try read(headers["content-length"].flatMap(Int.init) ?? 0)
        target = String(words[1])
        let request = LoopbackRequest(method: String(words[0]), target: target, headers: headers, body: body)
        webSocketKey = request.isWebSocketUpgrade ? headers["sec-websocket-key"] : nil
        return request
    }

    /// Exactly so many bytes.
    func read(_ count: Int) throws -> [UInt8] {
        while pending.count < count { try fill() }
        defer { pending.removeFirst(count) }
        return Array(pending.prefix(count))
    }

    private func fill() throws {
        try withUnsafeTemporaryAllocation(byteCount: 65536, alignment: 1) { buffer in
            let count = try? SystemError.check("recv") { recv(socket, buffer.baseAddress, buffer.count, 0) }
            guard let count, count > 0 else { throw LoopbackError.ended }
            pending.append(contentsOf: UnsafeRawBufferPointer(rebasing: buffer[..<count]))
        }
    }
}
