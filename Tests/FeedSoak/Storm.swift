internal import Foundation
internal import TestSupport

/// Throws faults at exchanges, Kafka and the producer for a time.
final class Storm {
    private let plan: Plan
    private let kafka: OwnKafka
    private let producer: ProducerProcess
    private let exchanges: [ExchangeSimulator]
    private var random: SplitMix64
    private let started = ContinuousClock.now
    private(set) var tally: [String: Int] = [:]

    /// What is to happen, by the time since the start. *Units*: seconds.
    private var agenda: [(at: Double, what: () throws -> Void)] = []
    /// By exchange what comes next, and when at the earliest.
    private var next: [(at: Double, faults: [SoakFault])]

    init(_ plan: Plan, _ kafka: OwnKafka, _ producer: ProducerProcess, _ exchanges: [ExchangeSimulator]) {
        self.plan = plan
        self.kafka = kafka
        self.producer = producer
        self.exchanges = exchanges
        random = SplitMix64(seed: plan.seed ^ 0x50AC)
        next = exchanges.map { _ in (0, []) }
    }

    /// Plans everything, then lets it happen; heals Kafka at the end.
    func run() throws {
        for index in exchanges.indices { next[index].at = draw(2...4) }
        if plan.faults.contains(.burst) { for exchange in exchanges { agenda.append((0.5, flood(exchange))) } }
        if plan.faults.contains(.kafka) { planKafka() }
        if plan.faults.contains(.kill) { planKills() }
        for entry in agenda.sorted(by: { $0.at < $1.at }) {
            try pass(until: entry.at)
            try entry.what()
        }
        try pass(until: Double(plan.seconds))
    }

    // MARK: Plans

    /// Everything quick in turn, in an order that the seed draws, then one of those that last.
    private func round() -> [SoakFault] {
        let kinds = plan.faults.filter(SoakFault.exchange.contains)
        let slow = kinds.filter(SoakFault.slow.contains).shuffled(using: &random).prefix(1)
        return slow + kinds.filter { !SoakFault.slow.contains($0) }.shuffled(using: &random)
    }

    /// Each exchange that is heard suffers something every second or so.
    private func strikeExchanges(_ now: Double) {
        for (index, exchange) in exchanges.enumerated() where now >= next[index].at {
            guard exchange.isHeardWhole else {
                next[index].at = now + draw(0.3...1)
                continue
            }
            if next[index].faults.isEmpty { next[index].faults = round() }
            guard let fault = next[index].faults.popLast() else { return }
            strike(fault, exchange, Int(random.next() >> 33))
            next[index].at = now + draw(0.4...2)
        }
    }

    /// As many at once as the socket takes.
    private func flood(_ exchange: ExchangeSimulator) -> () -> Void {
        { [self] in if exchange.strike(.burst(60_000)) { count("flood") } }
    }

    private func planKafka() {
        let kinds = NetworkFault.allCases.map(Optional.some) + [nil]
        var at = draw(4...8)
        var next: [NetworkFault?] = []
        while at < Double(plan.seconds) - 2 {
            if next.isEmpty { next = kinds.shuffled(using: &random) }
            let kind = next.removeLast()
            let length = min(draw(1...6), Double(plan.seconds) - at - 0.5)
            agenda.append((at, { [self] in try damage(kind) }))
            agenda.append((at + length, { [self] in try mend(kind) }))
            at += length + draw(3...8)
        }
    }

    /// Once in a short run, twice in a longer one, then every five minutes.
    private func planKills() {
        let count = plan.seconds < 40 ? 1 : max(2, plan.seconds / 300)
        for index in 0..<count {
            let at = Double(plan.seconds) * (Double(index) + draw(0.4...0.9)) / Double(count)
            agenda.append(
                (
                    at,
                    { [self] in
                        try producer.kill()
                        self.count("kill -9")
                    }
                ))
            agenda.append(
                (
                    at + draw(0.2...2),
                    { [self] in
                        for exchange in exchanges { exchange.forgetRefusals() }
                        try producer.start()
                    }
                ))
        }
    }

    // MARK: Faults

    private func damage(_ kind: NetworkFault?) throws {
        count("kafka " + (kind?.rawValue ?? "held"))
        if let kind { try kafka.damage(kind) } else { kafka.holdKafka() }
    }

    private func mend(_ kind: NetworkFault?) throws {
        if kind == nil { kafka.resumeKafka() } else { try kafka.heal() }
    }

    private func strike(_ fault: SoakFault, _ exchange: ExchangeSimulator, _ size: Int) {
        let happened =
            switch fault {
            case .cut: exchange.strike(.cut)
            case .close: exchange.strike(.close)
            case .stall: exchange.strike(.stall)
            // Who has no ids to count cannot know, nor can anybody.
            case .missing: exchange.venue.hasHistory && exchange.strike(.missing(1 + size % 20))
            case .double: exchange.strike(.doubled(1 + size % 20))
            case .old: exchange.strike(.oldData(1 + size % 200))
            case .time: exchange.strike(.timeTravel(size % 2 == 0 ? 30_000 : -3_600_000))
            case .burst: exchange.strike(.burst(1_000 + size % 9_000))
            case .rubbish: exchange.strike(.rubbish)
            case .halfFrame: exchange.strike(.halfFrame)
            case .halfJSON: exchange.strike(.halfJSON)
            case .refuse:
                atTheDoor(.refuse(status: size % 2 == 0 ? 429 : 418, retryAfter: 1 + size % 3, times: 1), exchange)
            case .page: atTheDoor(.page, exchange)
            case .silent: atTheDoor(.silentHandshake, exchange)
            case .deaf: atTheDoor(.deaf, exchange)
            case .noHTTP: atTheDoor(.noHTTP, exchange)
            case .rest: rest(exchange, size)
            case .kafka, .kill: false
            }
        if happened { count(fault.rawValue) }
    }

    private func atTheDoor(_ fault: ExchangeFault, _ exchange: ExchangeSimulator) -> Bool {
        exchange.strike(fault)
        return exchange.strike(.cut)
    }

    /// Something for which past trades have to be asked, and the answer is none.
    private func rest(_ exchange: ExchangeSimulator, _ size: Int) -> Bool {
        let faults: [ExchangeFault] = [
            .restRefuse(status: 429, retryAfter: 2, times: 1), .restRefuse(status: 418, retryAfter: 3, times: 1),
            .restRefuse(status: 503, retryAfter: nil, times: 2), .restPage(1), .restHalfJSON(1), .restEmpty(1),
            .restSlow(ms: 1_500, times: 2), .restCut(1),
        ]
        exchange.strike(faults[size % faults.count])
        return exchange.strike(exchange.venue.hasHistory ? .missing(1 + size % 7) : .cut)
    }

    // MARK: Parts

    private func count(_ what: String) { tally[what, default: 0] += 1 }

    private func pass(until seconds: Double) throws {
        let end = started + .milliseconds(Int(seconds * 1000))
        while ContinuousClock.now < end {
            try producer.check()
            strikeExchanges(Double((ContinuousClock.now - started) / .milliseconds(1)) / 1000)
            usleep(20_000)
        }
    }

    private func draw(_ range: ClosedRange<Double>) -> Double { Double.random(in: range, using: &random) }
}
