import Foundation
import NetClient
import Synchronization
import TestSupport
import TestTraits
import Testing

@Suite("HTTPClient: streamed answers", .waiting)
struct HTTPStreamTests {
    /// What a closure was given.
    private final class Received {
        var heads: Set<Int> = []
        var bytes: [UInt8] = []
        var largest = 0
        var calls = 0

        func take(_ head: HTTPReply, _ piece: RawSpan) {
            heads.insert(head.status)
            piece.withUnsafeBytes { bytes.append(contentsOf: $0) }
            largest = max(largest, piece.byteCount)
            calls += 1
        }
    }

    private static func chunk(_ bytes: [UInt8]) -> [UInt8] {
        Array("\(String(bytes.count, radix: 16))\r\n".utf8) + bytes + Array("\r\n".utf8)
    }

    private static let chunked = Array("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nX-A: b\r\n\r\n".utf8)

    @Test("a body is handed out in order, in small pieces, and not kept", arguments: [0, 1, 100_000, 3_000_000])
    func pieces(count: Int) throws {
        let body = (0..<count).map { UInt8(truncatingIfNeeded: $0 / 7) }
        let server = try LoopbackServer { _, connection in try connection.reply(200, bytes: body) }
        let received = Received()
        let reply = try HTTPClient().send(
            HTTPRequest(server.url()),
            onBody: { head, piece in
                received.take(head, piece)
                return head.headers["content-length"] == "\(count)" && head.body.isEmpty
            }, until: { false })
        #expect(received.bytes == body && received.largest <= 16_384 && reply.body.isEmpty && reply.status == 200)
        #expect(received.heads == (count > 0 ? [200] : []))
    }

    @Test("a slow body is handed out while it comes")
    func slow() throws {
        final class Seen: Sendable { let count = Atomic(0) }
        let seen = Seen()
        // Each piece is sent when the one before was handed out.
        let server = try LoopbackServer { request, connection in
            try connection.send(raw: Self.chunked)
            for n in 0..<5 {
                try connection.send(raw: Self.chunk(Array("\(n)".utf8)))
                while seen.count.load(ordering: .relaxed) <= n { connection.pause(ms: 1) }
            }
            try connection.send(raw: Self.chunk([]))
        }
        let received = Received()
        let reply = try HTTPClient().send(
            HTTPRequest(server.url()),
            onBody: { head, piece in
                received.take(head, piece)
                seen.count.store(received.bytes.count, ordering: .relaxed)
                return true
            }, until: { false })
        #expect(received.bytes == Array("01234".utf8) && received.calls == 5 && reply.headers["x-a"] == "b")
    }

    @Test("the body of an error is told from that of a success by its head; that of a redirect is not handed out")
    func heads() throws {
        let server = try LoopbackServer { request, connection in
            switch request.path {
            case "/moved": try connection.reply(302, "moved", headers: [("Location", "/busy")])
            default: try connection.reply(429, "busy", headers: [("Retry-After", "7")])
            }
        }
        let received = Received()
        let reply = try HTTPClient().send(
            HTTPRequest(server.url("/moved")),
            onBody: { head, piece in
                received.take(head, piece)
                return head.retryAfterSeconds == 7
            }, until: { false })
        #expect(reply.status == 429 && received.heads == [429] && received.bytes == Array("busy".utf8))
    }

    @Test("what was received is handed out before a cut is told", arguments: [true, false])
    func cut(isChunked: Bool) throws {
        let server = try LoopbackServer { _, connection in
            let head = isChunked ? Self.chunked : Array("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n".utf8)
            try connection.send(raw: head + (isChunked ? Self.chunk(Array("half".utf8)) : Array("half".utf8)))
            connection.finish()
        }
        let received = Received()
        #expect {
            try HTTPClient().send(
                HTTPRequest(server.url()),
                onBody: { head, piece in
                    received.take(head, piece)
                    return true
                }, until: { false })
        } throws: {
            if case .interrupted(let reason)? = $0 as? TransportError { !reason.isEmpty } else { false }
        }
        #expect(received.bytes == Array("half".utf8))
    }

    @Test("a body without an end is ended by its limit, by the time it may take, or by the closure", arguments: 0..<3)
    func endless(reason: Int) throws {
        let server = try LoopbackServer { _, connection in
            try connection.send(raw: Self.chunked)
            while true { try connection.send(raw: Self.chunk([UInt8](repeating: 0x78, count: 10_000))) }
        }
        let limits = HTTPClient.Limits(
            totalTimeoutMs: reason == 1 ? 200 : 60_000, bodyBytes: reason == 0 ? 1_000_000 : .max)
        let expected: TransportError =
            [.tooLarge(limit: 1_000_000), .timeout(operation: "HTTP request to 127.0.0.1:\(server.port)"), .stopped][
                reason]
        var count = 0
        let client = HTTPClient()
        #expect(throws: expected) {
            try client.send(
                HTTPRequest(server.url(), limits: limits),
                onBody: { _, piece in
                    count += piece.byteCount
                    return reason != 2 || count < 500_000
                }, until: { false })
        }
        #expect(count > 0 && (reason != 0 || count <= 1_000_000) && (reason != 2 || count < 520_000))
        #expect(client.pending == 0 && waitUntil(seconds: 20) { server.openConnections == 0 })
    }

    @Test("a small body that unpacks to a large one is bounded by what it unpacks to")
    func bomb() throws {
        let packed = try #require(Self.zeros)
        let server = try LoopbackServer { _, connection in
            try connection.reply(200, bytes: packed, headers: [("Content-Encoding", "gzip")])
        }
        let limits = HTTPClient.Limits(bodyBytes: 1 << 20)
        #expect(throws: TransportError.tooLarge(limit: 1 << 20)) {
            try HTTPClient(limits: limits).send(HTTPRequest(server.url()), until: { false })
        }
    }

    /// 100 MB of zeros, packed by gzip.
    private static let zeros: [UInt8]? = {
        let result = try? ChildProcess("sh", ["-c", "head -c 100000000 /dev/zero | gzip -c | base64 -w0"]).wait()
        guard let result, result.status == 0 else { return nil }
        return Data(base64Encoded: result.output).map { Array($0) }
    }()
}
