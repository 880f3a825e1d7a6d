internal import CWebSockets

extension WebSocketSession {
    enum Phase {
        /// TCP and TLS.
        case connecting
        /// The request is sent.
        case handshaking
        case open
        case ended

        var isBeforeOpen: Bool { self == .connecting || self == .handshaking }
    }

    /// Events in the order they came; texts are ranges of the buffer beside them.
    enum Event {
        case opened
        case text(Range<Int>)
        case pong
        case closed(code: Int, reason: String)
    }

    /// A frame to send, with the room before it that libwebsockets writes the frame's head to.
    struct Outgoing {
        enum Kind { case text, ping }
        let kind: Kind
        var bytes: [UInt8]
        static let room = cws_room_before_payload()

        init(kind: Kind, payload: some Sequence<UInt8>) {
            self.kind = kind
            bytes = [UInt8](repeating: 0, count: Outgoing.room) + payload
        }
    }
}
