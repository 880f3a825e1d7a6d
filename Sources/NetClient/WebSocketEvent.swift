/// What a WebSocket has to say, in the order it happened.
package enum WebSocketEvent {
    /// The handshake is done; what was queued is being sent.
    case opened
    /// One whole text message, its fragments joined; the bytes are valid during the call only. Not checked to be UTF-8.
    case text(UnsafeRawBufferPointer)
    /// The peer answered a ping.
    case pong
    /// The end: the peer's code and reason, or 1006 where it sent none (RFC 6455, section 7.4.1).
    case closed(code: Int, reason: String)
}
