/// The markets of one connection, and how far the subscription of each is. Pure.
///
///     due ──asked for──▶ asked ──acknowledged, or its data came──▶ standing
///      ▲                   │                                          │
///      ├── a growing wait ─┤ a passing refusal; no answer for 10 s,   │
///      │                   │ though others were answered              │
///      ├── an hour ────────┘ a verdict: refused, not wanted meanwhile │
///      └── at once ── no data for long: it is unsubscribed first ─────┘
///
/// A market that was unsubscribed stands again only once it was asked for: what comes of it before was on its way.
///
/// *Units*: ms of one monotonic clock.
struct Subscriptions {
    enum State: Equatable {
        case due(ms: Int64)
        case asked(request: Int, ms: Int64)
        case standing
        case refused(untilMs: Int64)
    }

    struct Market {
        let symbol: String
        let series: SeriesID
        var state = State.due(ms: .min)
        /// How often it was asked for in vain since its subscription stood, or the connection was opened.
        var attempts = 0
        /// Whether it is asked for without others: a request for several with it among them failed.
        var isAlone = false
        /// When data came last, or the market was subscribed on this connection.
        var heardMs: Int64 = 0
        /// It is not silent before this.
        var patientUntilMs = Int64.min

        var isWanted: Bool { if case .refused = state { false } else { true } }
        /// Whether it has been asked for in vain, or not at all.
        var isMissing: Bool { !isWanted || attempts > 0 }
        /// Whether its first answer is awaited.
        fileprivate var isNew: Bool { isWanted && attempts == 0 && state != .standing }
        /// Whether its data, or an answer that names it, may say that its subscription stands. Where it was never asked for, or not
        /// since it was unsubscribed, it is still to be asked for.
        var mayStand: Bool {
            switch state {
            case .due: attempts > 0
            case .asked, .refused: true
            case .standing: false
            }
        }
        /// When something is to be done about it.
        fileprivate var wakeMs: Int64 {
            switch state {
            case .due(let ms), .refused(let ms): ms
            case .asked(_, let ms): ms + Subscriptions.answerMs + 1
            case .standing: .max
            }
        }
    }

    /// A request without an answer is overdue after this. *Units*: ms.
    static let answerMs: Int64 = 10_000

    private(set) var markets: [Market] = []
    /// By the index of the series; -1 where it is none of these markets.
    private var indexes: [Int] = []
    private var newCount = 0
    /// Before this nothing is due and no answer is overdue.
    private(set) var wakeMs = Int64.max

    mutating func add(_ symbol: String, _ series: SeriesID) {
        while indexes.count <= Int(series.index) { indexes.append(-1) }
        indexes[Int(series.index)] = markets.count
        markets.append(Market(symbol: symbol, series: series))
        newCount += 1
    }

    /// Whether no market waits for its first answer.
    var areFirstOnesAnswered: Bool { newCount == 0 }
    var areAnyWanted: Bool { markets.contains(where: \.isWanted) }

    /// The index of a series' market; nil where it has none.
    @inline(__always)
    func index(of series: SeriesID) -> Int? {
        let place = Int(series.index)
        return place < indexes.count && indexes[place] >= 0 ? indexes[place] : nil
    }

    /// The markets of these names that are wanted and for which an answer is possible; one that stands needs none.
    func named(_ symbols: [String]) -> [Int] {
        symbols.compactMap { symbol in
            markets.firstIndex { $0.symbol == symbol && $0.isWanted && $0.mayStand }
        }
    }

    /// What an answer is about. Where it names one of these markets that one alone, or none if it needs no answer; else all that
    /// were asked for in the request with this id; with neither in the oldest request, since answers come in order.
    func answered(_ id: String?, _ symbol: String?) -> [Int] {
        if let symbol, markets.contains(where: { $0.symbol == symbol }) { return named([symbol]) }
        let requests = markets.map { if case .asked(let request, _) = $0.state { request } else { Int.max } }
        guard let request = id.map({ Int($0) ?? 0 }) ?? requests.min(), request < .max else { return [] }
        return requests.indices.filter { requests[$0] == request }
    }

    /// The requests that should have been answered by now, with the indexes of their markets.
    func overdue(at now: Int64) -> [[Int]] {
        guard now >= wakeMs else { return [] }
        var requests: [Int: [Int]] = [:]
        for (index, market) in markets.enumerated() {
            guard case .asked(let request, let ms) = market.state, now - ms > Subscriptions.answerMs else { continue }
            requests[request, default: []].append(index)
        }
        return requests.sorted { $0.key < $1.key }.map(\.value)
    }

    /// The markets to ask for now, those that have waited longest first.
    func due(at now: Int64) -> [Int] {
        guard now >= wakeMs else { return [] }
        let due = markets.indices.filter { if case .due(let ms) = markets[$0].state { ms <= now } else { false } }
        return due.sorted { (markets[$0].wakeMs, $0) < (markets[$1].wakeMs, $1) }
    }

    // MARK: Changes

    /// A new connection stands, on which nothing is subscribed.
    mutating func begin(at now: Int64) {
        for index in markets.indices {
            change(index) { market in
                let state = market.isWanted ? State.due(ms: now) : market.state
                market = Market(symbol: market.symbol, series: market.series, state: state, heardMs: now)
            }
        }
    }

    /// Wants the markets again that were refused long ago.
    mutating func reinstate(at now: Int64) {
        guard now >= wakeMs else { return }
        for (index, market) in markets.enumerated() {
            guard case .refused(let untilMs) = market.state, untilMs <= now else { continue }
            change(index) { market in
                market.state = .due(ms: now)
                market.attempts = 1
                market.isAlone = true
                market.heardMs = now
            }
        }
    }

    mutating func change(_ index: Int, _ body: (inout Market) -> Void) {
        newCount -= markets[index].isNew ? 1 : 0
        body(&markets[index])
        newCount += markets[index].isNew ? 1 : 0
        wakeMs = min(wakeMs, markets[index].wakeMs)
    }

    mutating func stand(_ index: Int) {
        change(index) { market in
            market.state = .standing
            market.attempts = 0
            market.isAlone = false
        }
    }

    /// What was due by now is done: looks for what is next.
    mutating func findNext() { wakeMs = markets.lazy.map(\.wakeMs).min() ?? .max }

    // MARK: Silence

    /// Data of a market came.
    @inline(__always)
    mutating func noteData(_ index: Int, at now: Int64) {
        guard markets[index].heardMs < now else { return }
        markets[index].heardMs = now
        markets[index].patientUntilMs = .min
    }

    /// The markets whose subscription seems to be lost: no data came for so long since they were subscribed.
    func silent(forMs limitMs: Int64, at now: Int64) -> [Int] {
        markets.indices.filter { index in
            let market = markets[index]
            return market.state == .standing && now - market.heardMs >= limitMs && now >= market.patientUntilMs
        }
    }

    /// Whether no market at all had data for so long.
    func isEveryOneSilent(forMs limitMs: Int64, at now: Int64) -> Bool {
        areAnyWanted && markets.allSatisfy { !$0.isWanted || now - $0.heardMs >= limitMs }
    }

    /// A silent market may be a quiet one: it is silent again only after twice the time, four times, and so on up to 32 times,
    /// unless data comes.
    mutating func notePatience(_ index: Int, forMs limitMs: Int64, at now: Int64) {
        markets[index].patientUntilMs = now + min(now - markets[index].heardMs + limitMs, 32 * limitMs)
    }
}
