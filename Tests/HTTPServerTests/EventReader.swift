import Foundation
import HTTPServer
import Testing

/// A client of server-sent events, written by WHATWG's rules and not by our server's.
final class EventReader {
    struct Event: Equatable {
        var id: String?
        var name = "message"
        var data = ""
    }

    let client: RawClient
    private(set) var head = ""
    private(set) var events: [Event] = []
    private(set) var comments = 0
    private(set) var retryMs: Int?
    private(set) var lastID: String?
    /// Whether the answer ended as HTTP wants it, by a last chunk.
    private(set) var isComplete = false
    private var raw: ArraySlice<UInt8> = []
    private var text: [UInt8] = []

    init(
        _ server: WebServer, path: String = "/events", after id: String? = nil, receiveBytes: Int32? = nil
    ) throws {
        client = try RawClient(port: server.port, receiveBytes: receiveBytes)
        let header = id.map { "Last-Event-ID: \($0)\r\n" } ?? ""
        try client.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\n\(header)\r\n", to: server)
        try read(from: server) { $0.retryMs != nil }
    }

    /// Turns the server until the condition holds.
    func read(from server: WebServer, until isEnough: (EventReader) -> Bool) throws {
        let deadline = ContinuousClock.now + .seconds(20)
        while !isEnough(self) {
            try #require(ContinuousClock.now < deadline, "only \(events.suffix(3)) after \(head)")
            try server.run(waitMs: 2)
            take()
            try #require(!client.isClosed || isEnough(self), "closed after \(events.suffix(3))")
        }
    }

    /// Takes what has come.
    func take() {
        client.receive()
        raw += client.received
        client.forget()
        if head.isEmpty {
            guard let end = raw.firstRange(of: Array("\r\n\r\n".utf8)) else { return }
            head = String(decoding: raw[..<end.lowerBound], as: UTF8.self)
            raw = raw[end.upperBound...]
        }
        while !isComplete, let end = raw.firstRange(of: [13, 10]) {
            let size = Int(String(decoding: raw[..<end.lowerBound], as: UTF8.self), radix: 16) ?? 0
            guard raw.distance(from: end.upperBound, to: raw.endIndex) >= size + 2 else { break }
            isComplete = size == 0
            text += raw[end.upperBound..<end.upperBound + size]
            raw = raw[(end.upperBound + size + 2)...]
        }
        while let end = text.firstRange(of: [10, 10]) {
            note(String(decoding: text[..<end.lowerBound], as: UTF8.self))
            text.removeSubrange(..<end.upperBound)
        }
    }

    private func note(_ block: String) {
        var event = Event(), data: [String] = []
        for line in block.components(separatedBy: "\n") {
            let colon = line.firstIndex(of: ":") ?? line.endIndex
            let value = String(line[colon...].dropFirst().drop { $0 == " " })
            switch line[..<colon] {
            case "": comments += 1
            case "id": (event.id, lastID) = (value, value)
            case "event": event.name = value
            case "data": data.append(value)
            case "retry": retryMs = Int(value)
            default: Issue.record("no field of an event: \(line)")
            }
        }
        guard !data.isEmpty else { return }
        event.data = data.joined(separator: "\n")
        events.append(event)
    }
}

extension EventStream {
    /// Publishes a text.
    @discardableResult
    func publish(_ text: String, name: String? = nil) -> Bool { publish(Array(text.utf8).span.bytes, name: name) }
}
