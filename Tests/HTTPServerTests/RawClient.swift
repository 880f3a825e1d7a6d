import Foundation
import Glibc
import HTTPServer
import System
import Testing

/// A client that sends whatever bytes a test wants, on a loopback socket, and turns the server between its own steps.
final class RawClient {
    struct TimedOut: Error {
        let received: String
    }

    private let descriptor: Int32
    private(set) var received: [UInt8] = []
    private(set) var isClosed = false

    /// - Parameter receiveBytes: what the kernel keeps for it; nil for the usual.
    init(port: UInt16, receiveBytes: Int32? = nil) throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        if var receiveBytes {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &receiveBytes, socklen_t(MemoryLayout<Int32>.size))
        }
        let code = Self.connect(descriptor, port)
        try #require(code == 0, "connect: \(String(cString: strerror(errno)))")
    }

    /// Whether somebody listens at the port.
    static func canConnect(port: UInt16) -> Bool {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        return connect(descriptor, port) == 0
    }

    private static func connect(_ descriptor: Int32, _ port: UInt16) -> Int32 {
        SocketAddress.with(port: port) { Glibc.connect(descriptor, $0, $1) }
    }

    deinit { close(descriptor) }

    /// Sends everything, turning the server while the socket is full; false where the server closed before.
    @discardableResult
    func send(_ bytes: [UInt8], to server: WebServer) throws -> Bool {
        var rest = bytes[...]
        while !rest.isEmpty {
            let flags = Int32(MSG_DONTWAIT | MSG_NOSIGNAL)
            let count = rest.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, flags) }
            if count > 0 { rest = rest.dropFirst(count) }
            if count < 0, errno != EAGAIN { return false }
            try server.run(waitMs: 0)
        }
        return true
    }

    /// Sends from here without turning the server, which another thread runs; false when the server has closed.
    func sendOnly(_ text: String) -> Bool {
        Array(text.utf8).withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) } > 0
    }

    /// Takes what has come, without waiting; whether the server has not closed.
    @discardableResult
    func receive() -> Bool {
        while !isClosed {
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count > 0 { received += chunk[..<count] }
            if count < 0, errno == EAGAIN { return true }
            if count <= 0 { isClosed = true }
        }
        return false
    }

    /// Takes a little of what has come, without waiting.
    func receive(atMost count: Int) {
        var chunk = [UInt8](repeating: 0, count: count)
        let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
        if count > 0 { received += chunk[..<count] }
    }

    /// Forgets what has come.
    func forget() { received = [] }

    @discardableResult
    func send(_ text: String, to server: WebServer) throws -> Bool { try send(Array(text.utf8), to: server) }

    /// No more will be sent.
    func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Turns the server and reads until the condition holds.
    func read(from server: WebServer, seconds: Int = 20, until isEnough: (RawClient) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while !isEnough(self) {
            if ContinuousClock.now > deadline { throw TimedOut(received: String(decoding: received, as: UTF8.self)) }
            try server.run(waitMs: 5)
            var chunk = [UInt8](repeating: 0, count: 1 << 16)
            let count = recv(descriptor, &chunk, chunk.count, Int32(MSG_DONTWAIT))
            if count > 0 { received += chunk[..<count] }
            if count == 0 || (count < 0 && errno != EAGAIN) { isClosed = true }
            if isClosed, !isEnough(self) { throw TimedOut(received: String(decoding: received, as: UTF8.self)) }
        }
    }

    /// Sends a request and gives the answer.
    func get(_ request: String, from server: WebServer) throws -> Reply {
        try send(request, to: server)
        return try reply(from: server, isHead: request.hasPrefix("HEAD"))
    }

    /// Reads one answer, which is then gone from `received`.
    func reply(from server: WebServer, isHead: Bool = false) throws -> Reply {
        var reply: Reply?
        try read(from: server) { client in
            reply = Reply(client.received, isHead: isHead)
            return reply != nil
        }
        let found = try #require(reply)
        received.removeFirst(found.length)
        return found
    }
}

/// One HTTP answer, read by the few rules that our server needs.
struct Reply {
    let status: Int
    let headers: [String: String]
    let body: String
    let length: Int

    /// Nil while it is not complete.
    init?(_ bytes: [UInt8], isHead: Bool) {
        let text = String(decoding: bytes, as: UTF8.self)
        guard let end = text.range(of: "\r\n\r\n") else { return nil }
        let lines = text[..<end.lowerBound].components(separatedBy: "\r\n")
        guard let status = Int(lines[0].split(separator: " ").dropFirst().first ?? "") else { return nil }
        var headers: [String: String] = [:]
        for line in lines.dropFirst() {
            let parts = line.split(separator: ":", maxSplits: 1)
            headers[parts[0].lowercased()] = String(parts.last ?? "").trimmingCharacters(in: .whitespaces)
        }
        let headLength = text[..<end.upperBound].utf8.count
        let bodyLength = isHead ? 0 : Int(headers["content-length"] ?? "0") ?? 0
        guard bytes.count >= headLength + bodyLength else { return nil }
        self.status = status
        self.headers = headers
        body = String(decoding: bytes[headLength..<headLength + bodyLength], as: UTF8.self)
        length = headLength + bodyLength
    }
}
