import Glibc
import KafkaClient

/// The program `dashboard` in a process of its own, asked over one connection.
final class ServedDashboard {
    let process: OtherProcess
    let port: UInt16
    let client: HTTPAsker
    var page: String { "http://127.0.0.1:\(port)/" }

    /// Starts it and waits until it answers.
    /// - Parameter broker: where what is live comes from; nil: from nowhere.
    init(store: String, broker: DashboardBroker?, core: Int? = nil) throws {
        port = try LoopbackSocket.freePort()
        process = try OtherProcess(
            [
                OtherProcess.sibling("dashboard"), "--store", store, "--http", "127.0.0.1:\(port)", "--log-level",
                "error",
                "--brokers", broker?.bootstrap ?? "127.0.0.1:1",
            ] + (broker == nil ? [] : DashboardBroker.flags), core: core)
        client = try HTTPAsker(port: port)
        let isReady = broker == nil ? #""state":"ready""# : #""kafka":{"state":"live""#
        try client.await("/api/live", showing: isReady)
    }
}

/// How long an answer took, and its size with its head. *Units*: ms.
struct Asked {
    let ms: Double
    let bytes: Int
}

/// A client that asks for one thing after the other on one connection.
final class HTTPAsker {
    private let port: UInt16
    private var socket: Int32 = -1
    private var buffer = [UInt8](repeating: 0, count: 1 << 20)
    /// What it says that it takes, as browsers do.
    var encodings = "gzip, deflate"

    init(port: UInt16) throws { self.port = port }

    deinit { close(socket) }

    /// - Throws: when the answer is none, or not 200.
    func ask(_ path: String) throws -> Asked {
        let clock = ContinuousClock(), start = clock.now
        let answer = try answer(to: path)
        return Asked(ms: nanoseconds(clock.now - start) / 1e6, bytes: answer.count)
    }

    /// Asks until the answer holds a text.
    func await(_ path: String, showing text: String, seconds: Int = 100) throws {
        let taken = encodings
        defer { encodings = taken }
        encodings = "identity"
        for _ in 0..<seconds * 10 {
            if let answer = try? answer(to: path), String(decoding: answer, as: UTF8.self).contains(text) { return }
            usleep(100_000)
        }
        throw SelfProcess.Failed(reason: "\(path) does not come to show \(text): swift build -c release")
    }

    private func answer(to path: String) throws -> [UInt8] {
        if socket < 0 { socket = try LoopbackSocket.connect(port) }
        do { return try exchange(path) } catch {
            close(socket)
            socket = -1
            throw error
        }
    }

    private func exchange(_ path: String) throws -> [UInt8] {
        let request = "GET \(path) HTTP/1.1\r\nHost: localhost\r\nAccept-Encoding: \(encodings)\r\n\r\n"
        _ = send(socket, request, request.utf8.count, Int32(MSG_NOSIGNAL))
        var answer: [UInt8] = []
        var whole = Int.max
        while answer.count < whole {
            let count = recv(socket, &buffer, buffer.count, 0)
            guard count > 0 else { throw SelfProcess.Failed(reason: "\(path): the connection ended") }
            answer += buffer[..<count]
            if whole == .max, let head = HTTPAsker.head(of: answer) { whole = try length(head, path) + head.utf8.count }
        }
        return answer
    }

    /// All up to the empty line.
    private static func head(of answer: [UInt8]) -> String? {
        let text = String(decoding: answer.prefix(4_096), as: UTF8.self)
        return text.firstRange(of: "\r\n\r\n").map { String(text[..<$0.upperBound]) }
    }

    private func length(_ head: String, _ path: String) throws -> Int {
        let lines = head.split(separator: "\r\n")
        let length = lines.first { $0.lowercased().hasPrefix("content-length:") }
        guard lines[0].contains(" 200"), let count = length.flatMap({ Int($0.split(separator: " ")[1]) }) else {
            throw SelfProcess.Failed(reason: "\(path): \(lines[0])")
        }
        return count
    }
}
