internal import Foundation
internal import Glibc
internal import System

/// The few HTTP requests that the tests make: to toxiproxy, and for a service's metrics.
public enum LoopbackHTTP {
    /// What a server answered.
    public struct Answer: Sendable {
        public let status: Int
        /// The lines before the body.
        public let head: String
        public let body: String
    }

    /// Sends a request to a port of 127.0.0.1; the body of a 2xx answer, nil when there is none within the time.
    public static func request(
        _ method: String, _ path: String, port: UInt16, body: String = "", waitMs: Int = 1_000
    ) -> String? {
        answer(method, path, port: port, body: body, waitMs: waitMs).flatMap { $0.status / 100 == 2 ? $0.body : nil }
    }

    /// The same whatever the answer's status.
    public static func answer(
        _ method: String, _ path: String, port: UInt16, body: String = "", waitMs: Int = 1_000
    ) -> Answer? {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        guard descriptor >= 0 else { return nil }
        defer { close(descriptor) }
        var limit = timeval(tv_sec: waitMs / 1000, tv_usec: (waitMs % 1000) * 1000)
        for option in [SO_RCVTIMEO, SO_SNDTIMEO] {
            setsockopt(descriptor, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
        }
        guard SocketAddress.with(port: port, { Glibc.connect(descriptor, $0, $1) }) == 0 else { return nil }
        let text =
            "\(method) \(path) HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n"
            + "Content-Type: application/json\r\nContent-Length: \(body.utf8.count)\r\n\r\n\(body)"
        let bytes = Array(text.utf8)
        guard send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL)) == bytes.count else { return nil }
        return read(descriptor)
    }

    private static func read(_ descriptor: Int32) -> Answer? {
        var received: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = recv(descriptor, &chunk, chunk.count, 0)
            if count <= 0 { break }
            received += chunk[..<count]
        }
        let answer = String(decoding: received, as: UTF8.self)
        guard answer.hasPrefix("HTTP/1.1 "), let status = Int(answer.dropFirst(9).prefix(3)),
            let end = answer.range(of: "\r\n\r\n")
        else { return nil }
        return Answer(status: status, head: String(answer[..<end.lowerBound]), body: String(answer[end.upperBound...]))
    }
}
