internal import Foundation

/// What becomes of a connection after a step.
enum LineFate { case stays, ended, stalled }

/// One connection of a simulated exchange: a venue's language on a socket, with the faults that befall it.
struct ExchangeLine {
    /// Trades that are told at once, at most: what comes in a burst goes out in pieces of this size.
    private static let piece = 4_096
    /// How long it waits for the client to say something before it looks at the market again.
    private static let paceMs: Int32 = 5

    private var conversation: any ExchangeConversation
    private let socket: LoopbackWebSocket
    private let market: Market
    private var frames = FrameBuffer()
    private var isOpen = false
    /// More was there to tell than one piece.
    private var isBehind = false
    private var missing = 0
    private var doubled = 0
    private var breaksNext = false
    /// The faults of the last step that happened.
    private(set) var done: [ExchangeFault] = []

    init(_ conversation: any ExchangeConversation, _ socket: LoopbackWebSocket, _ market: Market) {
        self.conversation = conversation
        self.socket = socket
        self.market = market
    }

    /// What the client hears of.
    var symbols: Set<Int> { Set(conversation.places.keys) }

    /// Hears what the client says, tells what happened, lets faults happen.
    mutating func step(_ faults: [ExchangeFault]) throws -> LineFate {
        done = []
        frames.removeAll()
        var nowMs = ExchangeDesk.nowMs()
        if !isOpen {
            isOpen = true
            conversation.open(nowMs: nowMs, into: &frames)
        }
        while socket.connection.hasInput(waitMs: isBehind || !frames.isEmpty ? 0 : Self.paceMs) {
            guard let frame = try socket.receive() else { return .ended }
            market.advance(toMs: ExchangeDesk.nowMs())
            if frame.opcode == .text { conversation.hear(frame.text, nowMs: nowMs, into: &frames) }
            if frame.opcode == .pong { conversation.hearPong() }
        }
        nowMs = ExchangeDesk.nowMs()
        market.advance(toMs: nowMs)
        tell(nowMs)
        conversation.beat(nowMs: nowMs, into: &frames)
        for fault in faults {
            done.append(fault)
            let fate = try suffer(fault, nowMs)
            if fate != .stays { return fate }
        }
        try send()
        if conversation.isOver {
            socket.connection.finish()
            return .ended
        }
        return .stays
    }

    // MARK: Parts

    private mutating func tell(_ nowMs: Int64) {
        isBehind = false
        for (symbol, place) in conversation.places {
            let trades = market.trades(of: symbol, from: place, limit: Self.piece)
            guard !trades.isEmpty else { continue }
            conversation.places[symbol] = place + trades.count
            conversation.tell(trades[...], of: symbol, nowMs: nowMs, into: &frames)
            if trades.count == Self.piece { isBehind = true }
        }
    }

    private mutating func suffer(_ fault: ExchangeFault, _ nowMs: Int64) throws -> LineFate {
        switch fault {
        case .missing(let count): missing += count
        case .doubled(let count): doubled += count
        case .halfJSON: breaksNext = true
        case .rubbish:
            for text in [
                ExchangeFault.errorPage, "", "{", "[]", "{\"topic\":5,\"data\":{}}", "\u{fffd}", "{\"success\":null}",
            ] {
                frames.add(text: text)
            }
        case .oldData(let count):
            for symbol in conversation.places.keys.sorted() {
                conversation.tell(market.newest(count, of: symbol)[...], of: symbol, nowMs: nowMs, into: &frames)
            }
        case .cut: return cut()
        case .close:
            try send()
            try socket.close(code: 1012, reason: "restart")
            socket.connection.finish()
            return .ended
        case .halfFrame:
            try send()
            let whole = LoopbackWebSocket.frame(.text, Array(ExchangeFault.errorPage.utf8))
            try socket.connection.send(raw: Array(whole.prefix(whole.count / 2)))
            return cut()
        case .stall: return .stalled
        default: break
        }
        return .stays
    }

    /// What was told in this step is lost with it.
    private func cut() -> LineFate {
        socket.connection.cut()
        return .ended
    }

    private mutating func send() throws {
        guard !frames.isEmpty else { return }
        if missing > 0 || doubled > 0 {
            let isData = frames.frames.map(\.isData)
            var (missing, doubled) = (missing, doubled)
            frames.rebuild { index in
                guard isData[index] else { return 1 }
                if missing > 0 {
                    missing -= 1
                    return 0
                }
                guard doubled > 0 else { return 1 }
                doubled -= 1
                return 2
            }
            (self.missing, self.doubled) = (missing, doubled)
        }
        guard breaksNext, let broken = frames.frames.firstIndex(where: \.isData) else {
            return try socket.connection.send(raw: frames.bytes)
        }
        breaksNext = false
        for index in frames.frames.indices {
            let whole = frames.text(index)
            if index == broken {
                try socket.send(text: String(whole.prefix(whole.count * 2 / 3)))
            } else {
                try socket.connection.send(raw: Array(frames.whole(index)))
            }
        }
    }
}
