internal import Foundation
internal import Synchronization

/// A Bybit that misbehaves by plan: each connection has its faults, and every trade that happened is on record.
///
/// Trades go on while nobody is connected; those are lost, as on the real one.
public final class BybitSimulator: Sendable {
    /// What a connection does after its trades.
    public enum Ending: Sendable {
        /// Refuses the handshake.
        case refuse(status: Int)
        /// Cuts the line.
        case cut
        /// Sends a part of a WebSocket frame, then cuts.
        case halfFrame
        /// Sends a frame whose JSON breaks off, then goes on for as many trades and closes.
        case halfJSON
        /// Sends what is no message at all, then goes on for as many trades and closes.
        case rubbish
        /// Says nothing any more, but keeps the line.
        case stall
        /// Never answers the subscription.
        case silent
        /// Stays and answers pings.
        case stay
        /// Stays and goes on with fifty trades a second until the client leaves.
        case trickle
    }

    /// One trade that happened.
    public struct Trade: Sendable, Hashable {
        public let symbol: String
        public let id: String
        public let time: Int64
    }

    private struct State {
        var connections = 0
        var nextID = 1
        var lastTime: Int64 = 0
        var happened: [Trade] = []
        var frames: [String] = []
        var isAtEnd = false
        var subscriptions: [String] = []
    }

    private let endings: [Ending]
    private let tradesEach: Int
    private let symbols: [String]
    private let state = Mutex(State())

    /// - Parameters:
    ///   - symbols: as the venue writes them, `BTCUSDT`.
    ///   - endings: one for each connection; the last one is every later one's too.
    ///   - tradesEach: trades of one connection.
    public init(symbols: [String], endings: [Ending], tradesEach: Int) {
        self.symbols = symbols
        self.endings = endings
        self.tradesEach = tradesEach
    }

    /// Everything that happened, heard or not.
    public var happened: [Trade] { state.withLock { $0.happened } }
    /// Whether the last connection has sent all its trades.
    public var isAtEnd: Bool { state.withLock { $0.isAtEnd } }
    /// How often somebody connected.
    public var connections: Int { state.withLock { $0.connections } }
    /// The requests that came.
    public var subscriptions: [String] { state.withLock { $0.subscriptions } }

    /// The handler of a `LoopbackServer`.
    public func serve(_ request: LoopbackRequest, _ connection: LoopbackConnection) throws {
        // It has a socket only.
        guard request.isWebSocketUpgrade else { return try connection.reply(404) }
        let number = state.withLock { state in
            state.connections += 1
            return state.connections - 1
        }
        let ending = endings[min(number, endings.count - 1)]
        if case .refuse(let status) = ending { return try connection.reply(status, "busy") }
        _ = frame(isHeard: false)  // what happens while nobody is connected
        connection.pause(ms: 500)  // longer than a busy machine takes to deliver a frame
        let socket = try connection.acceptWebSocket()
        // Old data, as the venue sometimes pushes it, and data before the answer.
        for old in state.withLock({ $0.frames.suffix(3) }) { try socket.send(text: old) }
        try socket.send(text: frame())
        guard let subscribe = try socket.receive() else { return }
        state.withLock { $0.subscriptions.append(subscribe.text) }
        if case .silent = ending { return connection.stall() }
        try socket.send(text: BybitSimulator.answer(to: subscribe.text))
        for _ in 0..<tradesEach { try socket.send(text: frame()) }
        try finish(socket, ending, isLast: number >= endings.count - 1)
    }

    // MARK: Parts

    private func finish(_ socket: LoopbackWebSocket, _ ending: Ending, isLast: Bool) throws {
        switch ending {
        case .refuse, .silent: break
        case .cut: socket.connection.cut()
        case .halfFrame:
            let whole = LoopbackWebSocket.frame(.text, Array(frame(isHeard: false).utf8))
            try socket.connection.send(raw: Array(whole.prefix(whole.count / 2)))
            socket.connection.cut()
        case .halfJSON:
            let whole = frame(isHeard: false)
            try socket.send(text: String(whole.prefix(whole.count * 2 / 3)))
            for _ in 0..<tradesEach { try socket.send(text: frame()) }
            try socket.close(code: 1001)
        case .rubbish:
            for text in [
                "<html>502</html>", "", "{", "[]", "{\"topic\":5,\"data\":{}}", "\u{fffd}", "{\"success\":null}",
            ] {
                try socket.send(text: text)
            }
            for _ in 0..<tradesEach { try socket.send(text: frame()) }
            try socket.close(code: 1012, reason: "restart")
        case .stall: socket.connection.stall()
        case .trickle:
            if isLast { state.withLock { $0.isAtEnd = true } }
            while true {
                try socket.send(text: frame())
                socket.connection.pause(ms: 40)
            }
        case .stay:
            if isLast { state.withLock { $0.isAtEnd = true } }
            try socket.converse { text in
                text.contains("ping") ? [#"{"success":true,"ret_msg":"pong","conn_id":"sim","op":"ping"}"#] : []
            }
        }
    }

    /// The next trade's frame, one to three trades in it, now.
    private func frame(isHeard: Bool = true) -> String {
        state.withLock { state in
            let symbol = symbols[state.nextID % symbols.count]
            var items: [String] = []
            for _ in 0...(state.nextID % 3) {
                let now = Int64(Date().timeIntervalSince1970 * 1000)
                state.lastTime = max(now, state.lastTime)
                let trade = Trade(
                    symbol: symbol, id: String(2_280_000_000_000_000_000 + state.nextID), time: state.lastTime)
                state.nextID += 1
                state.happened.append(trade)
                let side = state.nextID % 2 == 0 ? "Buy" : "Sell"
                items.append(
                    #"{"i":"\#(trade.id)","T":\#(trade.time),"p":"1923.\#(state.nextID % 90 + 10)","v":"0.04537","S":"\#(side)","seq":178477362706,"s":"\#(symbol)","BT":false,"RPI":false}"#
                )
            }
            let frame =
                #"{"topic":"publicTrade.\#(symbol)","ts":\#(state.lastTime),"type":"snapshot","data":[\#(items.joined(separator: ","))]}"#
            if isHeard { state.frames.append(frame) }
            return frame
        }
    }

    private static func answer(to request: String) -> String {
        let id = request.firstRange(of: "\"req_id\":\"").map { range in
            String(request[range.upperBound...].prefix { $0 != "\"" })
        }
        return #"{"success":true,"ret_msg":"subscribe","conn_id":"sim","req_id":"\#(id ?? "")","op":"subscribe"}"#
    }
}
