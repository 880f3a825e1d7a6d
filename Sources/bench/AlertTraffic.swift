import CryptoCore
import HTTPServer
import KafkaClient
import ServiceKit
import Synchronization
import System

/// Ticks at a steady rate that change no alert, and between them ticks and minutes that do.
///
/// *Thread*: bound to one.
struct AlertTraffic {
    private let producer: KafkaProducer
    private let ticks: ProducerTopic
    private let minutes: ProducerTopic
    private let quiet: [Series]
    /// Each changes its alert once in 61 seconds: a minute has one window.
    private let changing: [Series]
    private let alertsPerSecond: Int
    private let flights: AlertFlights
    private let clock = SystemClock()
    private let startMs: Int64
    private var random = SeededRandom(seed: 7)
    private var tickCount = 0
    private var changeCount = 0

    init(_ topic: BenchTopic, alerts: Int, _ flights: AlertFlights) throws {
        producer = try KafkaProducer(
            topic.configuration, lingerMs: 1, onLog: ignoreLog,
            onDelivery: { if $0.tag > 0 { flights.left(Int($0.tag) - 1) } })
        ticks = try producer.topic(topic.name(.ticks))
        minutes = try producer.topic(topic.name(.tumbling))
        quiet = (0..<topic.settings[BenchTopic.series]).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
        changing = (0..<alerts * 61).map { Series(source: "bybit", symbol: "A\($0)-USDT") }
        alertsPerSecond = alerts
        self.flights = flights
        startMs = clock.monotonicMs()
    }

    /// Writes what is due, and hears what Kafka has acknowledged.
    mutating func go(rate: Int) throws {
        let elapsedMs = Int(clock.monotonicMs() - startMs)
        while tickCount < elapsedMs * rate / 1000 {
            let which = Int(random.next() % UInt64(quiet.count))
            try push(tick(quiet[which], price: 65_000 + Double(random.next() % 1000) / 100), to: ticks, tag: 0)
        }
        while changeCount < elapsedMs * alertsPerSecond / 1000 { try change() }
        producer.serve(waitMs: 1)
    }

    private mutating func change() throws {
        let (lap, which) = changeCount.quotientAndRemainder(dividingBy: changing.count)
        let state: Alert.State = lap % 2 == 0 ? .firing : .resolved
        let kind: AlertFlights.Kind = which % 2 == 0 ? .tick : .minute
        let number = flights.add(changing[which].symbol, state, kind)
        changeCount += 1
        let big = state == .firing ? 2_000_000.0 : 1
        switch kind {
        case .tick: try push(tick(changing[which], price: big), to: ticks, tag: UInt64(number) + 1)
        case .minute: try push(minute(changing[which], volume: big), to: minutes, tag: UInt64(number) + 1)
        }
    }

    private mutating func tick(_ series: Series, price: Double) -> (key: Series, value: [UInt8]) {
        tickCount += 1
        let now = clock.wallMs()
        let trade = Tick.Trade(tradeID: "\(startMs)-\(tickCount)", price: price, quantity: 1, side: .buy)
        return (series, Tick(series: series, kind: .trade(trade), eventTime: now, ingestTime: now).encoded())
    }

    /// The minute that has just ended.
    private func minute(_ series: Series, volume: Double) -> (key: Series, value: [UInt8]) {
        var window = WindowAggregate()
        window.series = series
        window.windowEnd = clock.wallMs() / 60_000 * 60_000
        window.windowStart = window.windowEnd - 60_000
        (window.firstTime, window.lastTime) = (window.windowStart, window.windowEnd - 1)
        (window.isFinal, window.count, window.volume) = (true, 2, volume)
        (window.open, window.high, window.low, window.close) = (1, 1, 1, 1)
        window.averagePrice = 1
        var json = JSONWriter()
        window.encode(into: &json)
        return (series, json.bytes)
    }

    private func push(_ record: (key: Series, value: [UInt8]), to topic: ProducerTopic, tag: UInt64) throws {
        let key = Array(record.key.description.utf8)
        while !(try producer.produce(topic: topic, key: key, value: record.value, tag: tag)) {
            producer.serve(waitMs: 1)
        }
    }
}

/// Changes of alerts on their way from Kafka to the webhook. *Thread*: any.
final class AlertFlights: Sendable {
    /// What decides.
    enum Kind: Equatable {
        case tick, minute

        /// The rule that it changes.
        var rule: String { self == .tick ? "TickRose" : "MinuteGrew" }
    }

    private struct Flight {
        let kind: Kind
        /// Whether it belongs to the time that is measured.
        let counts: Bool
        /// When Kafka acknowledged the record, CLOCK_MONOTONIC ms.
        var leftMs: Int64?
        var landedMs: Int64?
    }

    private struct State {
        var flights: [Flight] = []
        /// Those under way: symbol and state.
        var flying: [String: Int] = [:]
        var counts = false
    }

    private let state = Mutex(State())
    private let clock = SystemClock()

    /// Whether what leaves from here on is measured.
    var counts: Bool {
        get { state.withLock { $0.counts } }
        set { state.withLock { $0.counts = newValue } }
    }

    /// Takes note of a change that is about to be written; gives its number.
    func add(_ symbol: String, _ alert: Alert.State, _ kind: Kind) -> Int {
        state.withLock { state in
            state.flying["\(symbol) \(alert)"] = state.flights.count
            state.flights.append(Flight(kind: kind, counts: state.counts))
            return state.flights.count - 1
        }
    }

    /// Kafka has its record.
    func left(_ number: Int) {
        let now = clock.monotonicMs()
        state.withLock { $0.flights[number].leftMs = now }
    }

    /// What the webhook does.
    var route: HTTPRoute {
        .post("/hook") { [self] (_, body) throws(HTTPError) in
            let now = clock.monotonicMs()
            let text = body.withUnsafeBytes { String(decoding: $0, as: UTF8.self) }
            let symbol = AlertFlights.member("symbol", of: text)
            let status = AlertFlights.member("status", of: text)
            state.withLock { state in
                guard let number = state.flying.removeValue(forKey: "\(symbol) \(status)") else { return }
                state.flights[number].landedMs = now
            }
            return .text("")
        }
    }

    /// The first text of this name in a payload.
    private static func member(_ name: String, of json: String) -> Substring {
        guard let start = json.firstRange(of: "\"\(name)\":\"")?.upperBound else { return "" }
        return json[start...].prefix { $0 != "\"" }
    }

    func text(of kind: Kind) -> String {
        let times = measured.filter { $0.kind == kind }.compactMap { flight in
            flight.landedMs.flatMap { landed in flight.leftMs.map { landed - $0 } }
        }
        return Quantiles(times).text
    }

    /// How many were not heard of.
    var missing: Int { measured.count { $0.landedMs == nil } }

    private var measured: [Flight] { state.withLock { $0.flights }.filter(\.counts) }
}
