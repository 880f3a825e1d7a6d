/// One frame that a client sent.
public struct LoopbackFrame: Sendable, Equatable {
    public enum Opcode: UInt8, Sendable {
        case continuation = 0
        case text, binary
        case close = 8
        case ping, pong
    }

    /// Path and query of the connection it came on.
    public let target: String
    public let opcode: Opcode
    /// A client must mask (RFC 6455, section 5.1).
    public let isMasked: Bool
    public let isFinal: Bool
    /// Unmasked.
    public let payload: [UInt8]

    public var text: String { String(decoding: payload, as: UTF8.self) }
}

/// The server's side of a WebSocket (RFC 6455), by the frame, so that a test can break every rule.
public final class LoopbackWebSocket {
    /// What lies below: for half frames, rubbish, cutting, stalling.
    public let connection: LoopbackConnection
    private let server: LoopbackServer
    private let target: String

    init(_ connection: LoopbackConnection, server: LoopbackServer, target: String) {
        self.connection = connection
        self.server = server
        self.target = target
    }

    /// The bytes of a frame as a server sends it.
    public static func frame(_ opcode: LoopbackFrame.Opcode, _ payload: [UInt8], isFinal: Bool = true) -> [UInt8] {
        let count = payload.count
        var head: [UInt8] = [(isFinal ? 0x80 : 0) | opcode.rawValue]
        switch count {
        case ..<126: head.append(UInt8(count))
        case ..<65536: head += [126, UInt8(count >> 8), UInt8(count & 0xff)]
        default: head += [127] + (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * $0)) }
        }
        return head + payload
    }

    public func send(text: String) throws { try send(.text, Array(text.utf8)) }

    /// Many messages in one write.
    public func send(texts: some Sequence<String>) throws {
        var bytes: [UInt8] = []
        for text in texts { bytes += LoopbackWebSocket.frame(.text, Array(text.utf8)) }
        try connection.send(raw: bytes)
    }

    public func send(_ opcode: LoopbackFrame.Opcode, _ payload: [UInt8] = [], isFinal: Bool = true) throws {
        try connection.send(raw: LoopbackWebSocket.frame(opcode, payload, isFinal: isFinal))
    }

    /// One text message in several frames.
    public func send(fragments: [String]) throws {
        for (index, part) in fragments.enumerated() {
            try send(index == 0 ? .text : .continuation, Array(part.utf8), isFinal: index == fragments.count - 1)
        }
    }

    /// Sends a close frame.
    public func close(code: Int, reason: String = "") throws {
        try send(.close, [UInt8(code >> 8), UInt8(code & 0xff)] + reason.utf8)
    }

    /// The client's next frame; a ping is answered. `nil` when the client closes, which is answered too.
    /// - Throws: `.ended` when it is gone without saying so.
    public func receive() throws -> LoopbackFrame? {
        let head = try connection.read(2)
        guard let opcode = LoopbackFrame.Opcode(rawValue: head[0] & 0x0f) else {
            throw LoopbackError.malformed("opcode \(head[0] & 0x0f)")
        }
        var count = Int(head[1] & 0x7f)
        if count == 126 { count = try connection.read(2).reduce(0) { $0 << 8 | Int($1) } }
        if count == 127 { count = try connection.read(8).reduce(0) { $0 << 8 | Int($1) } }
        let isMasked = head[1] & 0x80 != 0
        let mask = isMasked ? try connection.read(4) : [0, 0, 0, 0]
        let payload = try connection.read(count).enumerated().map { $1 ^ mask[$0 % 4] }
        let frame = LoopbackFrame(
            target: target, opcode: opcode, isMasked: isMasked, isFinal: head[0] & 0x80 != 0, payload: payload)
        server.record(frame)
        if opcode == .ping { try send(.pong, payload) }
        guard opcode == .close else { return frame }
        try send(.close, payload)
        connection.finish()
        return nil
    }

    /// Answers every text of the client until it closes.
    public func converse(_ answers: (String) throws -> [String]) throws {
        while let frame = try receive() {
            guard frame.opcode == .text else { continue }
            for answer in try answers(frame.text) { try send(text: answer) }
        }
    }
}
