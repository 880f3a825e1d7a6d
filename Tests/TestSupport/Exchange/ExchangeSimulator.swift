internal import Foundation
internal import Synchronization

/// An exchange on a loopback port: socket and REST, with trades that go on by themselves, and faults on demand.
///
///     let exchange = try ExchangeSimulator(.kraken, symbols: ["BTC-USD"], perSecond: 100, seed: 7)
///     // producer --source kraken --endpoint kraken=\(exchange.url)
///     exchange.strike(.cut)
///     exchange.market.setRate(perSecond: 0)
public final class ExchangeSimulator: Sendable {
    public let venue: SimulatedVenue
    public let market: Market
    private let server: LoopbackServer
    private let desk: ExchangeDesk

    public init(
        _ venue: SimulatedVenue, symbols: [String], perSecond: Double, seed: UInt64,
        dialect: (any ExchangeDialect)? = nil
    ) throws {
        self.venue = venue
        let market = Market(
            symbols: symbols, perSecond: perSecond, seed: seed, startMs: ExchangeDesk.nowMs(),
            firstID: 1_000_001 + Int64(seed % 1_000) * 1_000_000)
        let desk = ExchangeDesk(dialect ?? venue.dialect, market)
        self.market = market
        self.desk = desk
        server = try LoopbackServer { try desk.serve($0, $1) }
    }

    deinit { stop() }

    /// What `--endpoint` gets for this source.
    public var url: String { "http://127.0.0.1:\(server.port)" }
    public var port: Int { server.port }

    /// Connections that stand and have a subscription.
    public var listeners: Int { desk.listeners }
    /// Whether every symbol is told to somebody.
    public var isHeardWhole: Bool { desk.heard.count == market.symbols.count }
    /// How long not every symbol was told to somebody, since the first moment when each was. *Units*: s.
    public var unheardSeconds: Int { desk.unheardSeconds }
    /// Handshakes and other requests so far.
    public var handshakes: Int { desk.counts.handshakes }
    public var answers: Int { desk.counts.answers }
    /// Requests that came before the time that an answer with `Retry-After` had named.
    public var impatient: Int { desk.counts.impatient }
    /// Every request that came.
    public var requests: [LoopbackRequest] { server.requests }

    /// Lets a fault happen: now, to the next connection, or to the next answer. False where nobody is there to suffer it.
    @discardableResult
    public func strike(_ fault: ExchangeFault) -> Bool { desk.strike(fault) }

    /// No fault is left that has not happened yet.
    public func calm() { desk.calm() }

    /// Whoever asks from now on was told of no `Retry-After`: it is a program that was started anew.
    public func forgetRefusals() { desk.forgetRefusals() }

    /// Ends all connections and takes no new ones.
    public func stop() { server.stop() }
}

/// Who serves the connections of a simulated exchange.
final class ExchangeDesk: Sendable {
    struct Counts {
        var handshakes = 0
        var answers = 0
        var impatient = 0
    }

    private struct State {
        var counts = Counts()
        var nextConnection = 0
        /// By connection with a subscription what is still to happen to it.
        var pending: [Int: [ExchangeFault]] = [:]
        /// By connection what it is told of.
        var heard: [Int: Set<Int>] = [:]
        var handshake: [ExchangeFault] = []
        var rest: [ExchangeFault] = []
        /// Whether every symbol is told to somebody; since when it is so, or is not so any more. *Units*: ms.
        var isHeardWhole = false
        var changedMs: Int64?
        var unheardMs: Int64 = 0
        /// Nobody may ask before: handshakes, other requests.
        var notBeforeMs: [Bool: Int64] = [:]
    }

    let dialect: any ExchangeDialect
    let market: Market
    private let state = Mutex(State())

    init(_ dialect: any ExchangeDialect, _ market: Market) {
        self.dialect = dialect
        self.market = market
    }

    static func nowMs() -> Int64 { Int64(Date().timeIntervalSince1970 * 1000) }

    var listeners: Int { state.withLock { $0.pending.count } }
    var heard: Set<Int> { state.withLock { $0.heard.values.reduce(into: []) { $0.formUnion($1) } } }
    var counts: Counts { state.withLock { $0.counts } }
    var unheardSeconds: Int {
        state.withLock { state in
            let open = state.isHeardWhole ? 0 : state.changedMs.map { ExchangeDesk.nowMs() - $0 } ?? 0
            return Int((state.unheardMs + open) / 1000)
        }
    }

    func calm() {
        state.withLock { state in
            state.handshake = []
            state.rest = []
            for key in state.pending.keys { state.pending[key] = [] }
        }
    }

    func forgetRefusals() { state.withLock { $0.notBeforeMs = [:] } }

    func strike(_ fault: ExchangeFault) -> Bool {
        switch fault.target {
        case .connection:
            return state.withLock { state in
                for key in state.pending.keys { state.pending[key]?.append(fault) }
                return !state.pending.isEmpty
            }
        case .handshake: state.withLock { $0.handshake += Array(repeating: fault, count: fault.times) }
        case .rest: state.withLock { $0.rest += Array(repeating: fault, count: fault.times) }
        case .market:
            let nowMs = ExchangeDesk.nowMs()
            market.advance(toMs: nowMs)
            for symbol in market.symbols.indices {
                if case .timeTravel(let ms) = fault { market.skewNext(of: symbol, byMs: ms) }
                if case .burst(let count) = fault {
                    market.burst(count / market.symbols.count, of: symbol, atMs: nowMs)
                }
            }
        }
        return true
    }

    /// The handler of a `LoopbackServer`.
    func serve(_ request: LoopbackRequest, _ connection: LoopbackConnection) throws {
        market.advance(toMs: ExchangeDesk.nowMs())
        guard request.isWebSocketUpgrade else { return try answer(request, connection) }
        let fault = begin(isHandshake: true)
        guard let conversation = dialect.conversation(request, market) else { return try connection.reply(404) }
        switch fault {
        case .refuse(let status, let retryAfter, _): try refuse(status, retryAfter, connection, isHandshake: true)
        case .page: try connection.reply(200, ExchangeFault.errorPage, headers: [("Content-Type", "text/html")])
        case .silentHandshake: connection.stall()
        case .noHTTP:
            try connection.send(raw: [0x15, 0x03, 0x01, 0x00, 0x02, 0x02, 0x46])
            connection.cut()
        case .deaf:
            _ = try connection.acceptWebSocket()
            connection.stall()
        default: try talk(conversation, on: connection.acceptWebSocket())
        }
    }

    // MARK: REST

    private func answer(_ request: LoopbackRequest, _ connection: LoopbackConnection) throws {
        let fault = begin(isHandshake: false)
        let answer = dialect.answer(request, market, nowMs: ExchangeDesk.nowMs()) ?? ExchangeAnswer(404, "Not Found")
        switch fault {
        case .restRefuse(let status, let retryAfter, _):
            return try refuse(status, retryAfter, connection, isHandshake: false)
        case .restPage:
            return try connection.reply(200, ExchangeFault.errorPage, headers: [("Content-Type", "text/html")])
        case .restHalfJSON:
            return try connection.reply(200, String(answer.body.prefix(answer.body.count * 2 / 3)))
        case .restEmpty: return try connection.reply(200, answer.body.hasPrefix("[") ? "[]" : "{}")
        case .restSlow(let ms, _): connection.pause(ms: ms)
        case .restCut:
            let half = answer.body.prefix(answer.body.count / 2)
            let head = "HTTP/1.1 200 OK\r\nContent-Length: \(answer.body.utf8.count)\r\n\r\n"
            try connection.send(raw: Array((head + half).utf8))
            return connection.cut()
        default: break
        }
        try connection.reply(answer.status, answer.body, headers: answer.headers)
    }

    /// Counts a request and takes the fault that waits for it.
    private func begin(isHandshake: Bool) -> ExchangeFault? {
        state.withLock { state in
            if ExchangeDesk.nowMs() < state.notBeforeMs[isHandshake] ?? 0 { state.counts.impatient += 1 }
            if isHandshake {
                state.counts.handshakes += 1
                return state.handshake.isEmpty ? nil : state.handshake.removeFirst()
            }
            state.counts.answers += 1
            return state.rest.isEmpty ? nil : state.rest.removeFirst()
        }
    }

    private func refuse(
        _ status: Int, _ retryAfter: Int?, _ connection: LoopbackConnection, isHandshake: Bool
    ) throws {
        var headers = [("Content-Type", "application/json")]
        if let retryAfter {
            headers.append(("Retry-After", "\(retryAfter)"))
            // Its clock is not ours, and it counts from when it read the answer.
            state.withLock { $0.notBeforeMs[isHandshake] = ExchangeDesk.nowMs() + Int64(retryAfter) * 1000 - 50 }
        }
        let isLimit = status == 429 || status == 418
        let body = isLimit ? #"{"code":-1003,"msg":"Too many requests."}"# : ExchangeFault.errorPage
        try connection.reply(status, body, headers: headers)
    }

    // MARK: The socket

    private func talk(_ conversation: any ExchangeConversation, on socket: LoopbackWebSocket) throws {
        let number = state.withLock { state in
            state.nextConnection += 1
            return state.nextConnection
        }
        defer { forget(number) }
        var line = ExchangeLine(conversation, socket, market)
        while true {
            switch try line.step(state.withLock { $0.pending[number] ?? [] }) {
            case .stays: note(line, number)
            case .ended: return
            case .stalled:
                forget(number)
                return socket.connection.stall()
            }
        }
    }

    private func forget(_ number: Int) {
        state.withLock { state in
            state.pending[number] = nil
            state.heard[number] = nil
            noteHeard(&state)
        }
    }

    private func note(_ line: ExchangeLine, _ number: Int) {
        state.withLock { state in
            state.heard[number] = line.symbols
            // What came meanwhile stands behind those that were done.
            if state.pending[number] != nil {
                state.pending[number]?.removeAll { line.done.contains($0) }
            } else if !line.symbols.isEmpty {
                state.pending[number] = []
            }
            noteHeard(&state)
        }
    }

    private func noteHeard(_ state: inout State) {
        let isWhole = state.heard.values.reduce(into: Set()) { $0.formUnion($1) }.count == market.symbols.count
        guard isWhole != state.isHeardWhole else { return }
        let nowMs = ExchangeDesk.nowMs()
        if isWhole, let since = state.changedMs { state.unheardMs += nowMs - since }
        (state.isHeardWhole, state.changedMs) = (isWhole, nowMs)
    }
}
