internal import CryptoCore
internal import Glibc
internal import System

/// Asks a service's port whether it is well: `--health URL`, for containers and scripts without an HTTP client.
package struct HealthProbe: Sendable, Equatable {
    /// Why a service is not well, one line.
    package struct Unwell: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// What is taken: an address of HTTP, whose path is `/health/ready` where it has none.
    static let form = "must be http://HOST:PORT/PATH or HOST:PORT, such as http://127.0.0.1:9102/health/ready"
    /// How long all of it may take, names and connecting included. *Units*: ms.
    package static let patienceMs: Int64 = 5_000
    private static let usualPath = "/health/ready"
    private static let scheme = "http://"

    /// A name or an address, without brackets.
    package let host: String
    package let port: UInt16
    /// Begins with `/`; may have a query.
    package let path: String
    private var address: HostPort { HostPort(host: host, port: port) }

    /// Reads `[http://]HOST:PORT[/PATH]`, or `PORT` alone, which means 127.0.0.1; without a port an `http://` address has 80. Nil
    /// when it is none of these.
    package init?(_ text: String) {
        let isURL = text.hasPrefix(HealthProbe.scheme)
        let rest = isURL ? text.dropFirst(HealthProbe.scheme.count) : text[...]
        let authority = rest.prefix { $0 != "/" && $0 != "?" }
        let path = rest.dropFirst(authority.count)
        let isPlain = text.utf8.allSatisfy { (0x21...0x7e).contains($0) } && !text.contains { "#@".contains($0) }
        guard isPlain, !authority.isEmpty else { return nil }
        let hasPort = authority.hasSuffix("]") ? false : authority.contains(":")
        let full = isURL && !hasPort ? "\(authority):80" : String(authority)
        guard let address = HostPort(full), address.port > 0 else { return nil }
        host = address.host
        port = address.port
        self.path = path.isEmpty ? HealthProbe.usualPath : path.hasPrefix("/") ? String(path) : "/\(path)"
    }

    /// Asks once. *Thread*: any; blocks until there is an answer, or `patienceMs` are over.
    /// - Throws: `Unwell` when the answer is not 2xx, is no HTTP, or does not come.
    package func ask(patienceMs: Int64 = HealthProbe.patienceMs) throws(Unwell) {
        let answer = Monitor<Result<Void, Unwell>?>(nil)
        let deadlineMs = SystemClock().monotonicMs() + patienceMs
        // A thread of its own: nothing else ends a question to a name server in time.
        _ = Thread(name: "health") {
            let result = Result { () throws(Unwell) in try exchange(until: deadlineMs) }
            answer.change { $0 = result }
        }
        guard let result = answer.wait(ms: patienceMs, until: { $0 }) else { throw tooSlow(patienceMs) }
        try result.get()
    }

    // MARK: Parts

    private func exchange(until deadlineMs: Int64) throws(Unwell) {
        let socket = try connected(until: deadlineMs)
        // HTTP/1.0: the answer comes in one piece, and the connection ends with it.
        let request = Array("GET \(path) HTTP/1.0\r\nHost: \(address)\r\nConnection: close\r\n\r\n".utf8)
        let sent = try check("send") { send(socket.number, request, request.count, Int32(MSG_NOSIGNAL)) }
        guard sent == request.count else { throw tooSlow(HealthProbe.patienceMs) }
        var answer: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 4_096)
        while SystemClock().monotonicMs() < deadlineMs {
            let count = try check("recv") { recv(socket.number, &chunk, chunk.count, 0) }
            answer += chunk[..<count]
            // A good status is enough; what is wrong stands in the body.
            if let status = HealthProbe.status(of: answer), status / 100 == 2 { return }
            if count == 0 || HealthProbe.isEnough(answer) { throw HealthProbe.unwell(answer) }
        }
        throw tooSlow(HealthProbe.patienceMs)
    }

    /// Tries each address of the host in turn.
    private func connected(until deadlineMs: Int64) throws(Unwell) -> FileDescriptor {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_NUMERICSERV
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, "\(port)", &hints, &found)
        guard code == 0 else { throw Unwell(description: "getaddrinfo: \(String(cString: gai_strerror(code)))") }
        defer { freeaddrinfo(found) }
        var problem = Unwell(description: "no address")
        var next = found
        while let entry = next?.pointee {
            let type = Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue)
            let socket = FileDescriptor(adopting: try check("socket") { Glibc.socket(entry.ai_family, type, 0) })
            let restMs = max(1, deadlineMs - SystemClock().monotonicMs())
            var limit = timeval(tv_sec: Int(restMs / 1_000), tv_usec: Int(restMs % 1_000) * 1_000)
            for option in [SO_SNDTIMEO, SO_RCVTIMEO] {
                setsockopt(socket.number, SOL_SOCKET, option, &limit, socklen_t(MemoryLayout<timeval>.size))
            }
            if connect(socket.number, entry.ai_addr, entry.ai_addrlen) == 0 { return socket }
            problem = unwell(SystemError.last("connect"))
            next = entry.ai_next
        }
        throw problem
    }

    private func check<Result: SignedInteger>(
        _ operation: StaticString, _ call: () -> Result
    ) throws(Unwell) -> Result {
        do throws(SystemError) { return try SystemError.check(operation, call) } catch { throw unwell(error) }
    }

    private func unwell(_ error: SystemError) -> Unwell {
        if error.code == EAGAIN || error.code == EINPROGRESS { return tooSlow(HealthProbe.patienceMs) }
        return Unwell(description: error.description)
    }

    private func tooSlow(_ ms: Int64) -> Unwell {
        Unwell(description: "no answer within \(Durations.text(milliseconds: ms))")
    }

    /// The status of `HTTP/1.1 200 OK`, once the whole line is there; nil when it is not, or is no such line.
    private static func status(of answer: [UInt8]) -> Int? {
        guard let end = answer.firstIndex(of: UInt8(ascii: "\n")) else { return nil }
        let words = String(decoding: answer[..<end], as: UTF8.self).split(whereSeparator: \.isWhitespace)
        guard words.count >= 2, words[0].hasPrefix("HTTP/1."), words[1].utf8.count == 3 else { return nil }
        return Int(words[1])
    }

    /// Whether the body's first line is there, or all of the body, or more than anybody wants to read.
    private static func isEnough(_ answer: [UInt8]) -> Bool {
        let (head, body) = parts(of: answer)
        guard let head, let body else { return answer.count >= 1 << 16 }
        let length = head.lowercased().split(whereSeparator: \.isNewline).first { $0.hasPrefix("content-length:") }
        let bytes = length.flatMap { Int($0.dropFirst(15).drop(while: \.isWhitespace)) } ?? .max
        return body.contains(where: \.isNewline) || body.utf8.count >= min(bytes, 1 << 16)
    }

    /// What stands before and after the first empty line; nil before that is there.
    private static func parts(of answer: [UInt8]) -> (head: Substring?, body: Substring?) {
        let text = String(decoding: answer, as: UTF8.self)
        guard let gap = text.firstRange(of: "\r\n\r\n") else { return (nil, nil) }
        return (text[..<gap.lowerBound], text[gap.upperBound...])
    }

    /// The status and the body's first line.
    private static func unwell(_ answer: [UInt8]) -> Unwell {
        if answer.isEmpty { return Unwell(description: "the connection was closed without an answer") }
        guard let status = status(of: answer) else { return Unwell(description: "the answer is no HTTP") }
        let line = (parts(of: answer).body ?? "").prefix { !$0.isNewline }.prefix(1_000)
        let isPlain = line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f }
        let shown = isPlain ? String(line) : JSONWriter.quoted(String(line))
        return Unwell(description: shown.isEmpty ? "status \(status)" : "status \(status): \(shown)")
    }
}
