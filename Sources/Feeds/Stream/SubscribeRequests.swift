/// The subscribe requests of one connection that are not settled: those that wait for an answer, and those that are made again
/// later. Pure.
struct SubscribeRequests {
    /// Markets that are asked for together.
    struct Request {
        var id: Int
        var symbols: [String]
        /// How often these markets were asked for in vain before.
        var attempt: Int
        /// When it was sent; nil while it waits for its turn. *Units*: ms, monotonic.
        var sentMs: Int64?
        /// When it is made again. *Units*: ms, monotonic.
        var dueMs: Int64 = 0
    }

    /// A request without an answer is overdue after this. *Units*: ms.
    static let answerMs: Int64 = 10_000

    /// Whether the venue answers requests; else nothing waits here.
    private let areAnswered: Bool
    private var pending: [Request] = []
    private var postponed: [Request] = []
    private var nextID = 1

    init(areAnswered: Bool) { self.areAnswered = areAnswered }

    var isEmpty: Bool { pending.isEmpty && postponed.isEmpty }
    /// Whether all markets that are asked for the first time have their answer.
    var areFirstOnesAnswered: Bool { pending.allSatisfy { $0.attempt > 0 } }

    /// Markets that were asked for in vain and do not stand yet.
    var retried: [String] {
        postponed.flatMap(\.symbols) + pending.filter { $0.attempt > 0 }.flatMap(\.symbols)
    }

    /// A number that no other request of this session has.
    mutating func takeID() -> Int {
        defer { nextID += 1 }
        return nextID
    }

    mutating func removeAll() {
        pending.removeAll()
        postponed.removeAll()
    }

    /// A request was made, and waits for its turn to be sent.
    mutating func add(_ id: Int, _ symbols: [String], attempt: Int) {
        if areAnswered { pending.append(Request(id: id, symbols: symbols, attempt: attempt)) }
    }

    mutating func noteSent(_ id: Int, at now: Moment) {
        guard let index = pending.firstIndex(where: { $0.id == id }) else { return }
        pending[index].sentMs = now.monotonic
    }

    /// Keeps a request that was made in vain until it is due again. *Units*: ms, monotonic.
    mutating func postpone(_ request: Request, untilMs: Int64) {
        var request = request
        request.attempt += 1
        request.dueMs = untilMs
        postponed.append(request)
    }

    // MARK: Taking

    /// The postponed requests whose time has come.
    mutating func takeDue(at now: Moment) -> [Request] { postponed.removing { $0.dueMs <= now.monotonic } }

    /// Whether an answer is overdue.
    func isAnyOverdue(at now: Moment) -> Bool { pending.contains { SubscribeRequests.isOverdue($0, now) } }

    /// The requests whose answer is overdue.
    mutating func takeOverdue(at now: Moment) -> [Request] {
        pending.removing { SubscribeRequests.isOverdue($0, now) }
    }

    /// What an answer is about: the named market alone, else the request with this id; with neither the oldest request, since
    /// answers come in order.
    mutating func take(_ id: String?, _ symbol: String?) -> Request? {
        if let symbol, let request = take(market: symbol) { return request }
        let index = id.map { id in pending.firstIndex { String($0.id) == id } } ?? pending.indices.first
        return index.map { pending.remove(at: $0) }
    }

    /// One market, out of the request that it was asked for in, or is asked for again in.
    mutating func take(market symbol: String) -> Request? {
        SubscribeRequests.take(symbol, from: &pending) ?? SubscribeRequests.take(symbol, from: &postponed)
    }

    private static func take(_ symbol: String, from requests: inout [Request]) -> Request? {
        guard let index = requests.firstIndex(where: { $0.symbols.contains(symbol) }) else { return nil }
        var taken = requests[index]
        taken.symbols = [symbol]
        requests[index].symbols.removeAll { $0 == symbol }
        if requests[index].symbols.isEmpty { requests.remove(at: index) }
        return taken
    }

    private static func isOverdue(_ request: Request, _ now: Moment) -> Bool {
        request.sentMs.map { now.monotonic - $0 > answerMs } ?? false
    }
}

extension Array {
    /// Takes out the elements that match, in their order.
    fileprivate mutating func removing(where matches: (Element) -> Bool) -> [Element] {
        let taken = filter(matches)
        if !taken.isEmpty { removeAll(where: matches) }
        return taken
    }
}
