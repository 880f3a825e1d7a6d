internal import Foundation
internal import KafkaClient
internal import TestSupport

/// The whole test: exchanges, Kafka and a producer, a storm over all of them, and the verdict.
final class FeedSoak {
    private static let prefix = "soak"
    private static let partitions: Int32 = 4
    private static let bases = ["BTC", "ETH", "SOL"]

    private let plan: Plan
    private let folder: URL
    private let kafka: OwnKafka
    private var exchanges: [ExchangeSimulator] = []
    private var producer: ProducerProcess?
    /// What has been done, with the seconds it took.
    private var phases: [String] = []
    private var phaseStarted = ContinuousClock.now

    init(_ plan: Plan, in folder: URL) {
        self.plan = plan
        self.folder = folder
        kafka = OwnKafka(in: folder)
    }

    /// Ends everything that was started here.
    func end() {
        producer?.end()
        for exchange in exchanges { exchange.stop() }
        kafka.end()
    }

    func writeLogs() {
        try? Data((producer?.log ?? "").utf8).write(to: folder.appendingPathComponent("producer.log"))
    }

    /// - Throws: `Failure` when anything was lost, doubled, changed, or went wrong on the way.
    func run() throws {
        say(
            "feed-soak: seed \(plan.seed), \(plan.seconds) s, \(plan.rate) trades/s, \(plan.venues.map(\.source).joined(separator: " "))"
        )
        try kafka.start()
        let producer = try start()
        try waitFor("all exchanges to be heard", seconds: 60) {
            try producer.check()
            return exchanges.allSatisfy(\.isHeardWhole)
        }
        note("start")
        let storm = Storm(plan, kafka, producer, exchanges)
        try storm.run()
        note("storm")
        try calmDown(producer)
        note("calm")
        let judge = try TopicJudge(
            bootstrap: kafka.bootstrap, topic: "\(Self.prefix).ticks", partitions: Self.partitions,
            kills: producer.kills)
        try settle(judge, producer)
        note("settled")
        try producer.stop()
        try judge.catchUp()
        try report(judge, producer, storm)
    }

    // MARK: Parts

    /// A part of the test is over.
    private func note(_ phase: String) {
        let now = ContinuousClock.now
        phases.append("\(phase) \(Int((now - phaseStarted) / .seconds(1))) s")
        phaseStarted = now
    }

    private func start() throws -> ProducerProcess {
        for (index, venue) in plan.venues.enumerated() {
            exchanges.append(
                try ExchangeSimulator(
                    venue, symbols: Self.bases.map { "\($0)-\(venue.defaultQuote)" },
                    perSecond: Double(plan.rate) / Double(plan.venues.count), seed: plan.seed &+ UInt64(index)))
        }
        let arguments =
            ["--brokers", kafka.proxied, "--prefix", Self.prefix, "--partitions", "\(Self.partitions)"]
            + ["--http", "127.0.0.1:0", "--source"] + plan.venues.map(\.source) + ["--symbols"] + Self.bases
            + ["--endpoint"] + exchanges.map { "\($0.venue.source)=\($0.url)" }
        let producer = ProducerProcess(arguments, in: folder)
        self.producer = producer
        try producer.start()
        return producer
    }

    /// No more faults; everything is heard again, and for a while; then nothing happens any more.
    private func calmDown(_ producer: ProducerProcess) throws {
        kafka.resumeKafka()
        try kafka.heal()
        for exchange in exchanges { exchange.calm() }
        do {
            try waitFor("all exchanges to be heard again", seconds: 150) {
                try producer.check()
                return exchanges.allSatisfy(\.isHeardWhole)
            }
        } catch {
            let silent = exchanges.filter { !$0.isHeardWhole }.map(\.venue.source).joined(separator: " ")
            throw Failure("\(error); not heard: \(silent); \(producer.log.suffix(2_000))")
        }
        let end = ContinuousClock.now + .seconds(4)
        try waitFor("trades after the last fault", seconds: 10) {
            try producer.check()
            return ContinuousClock.now > end
        }
        for exchange in exchanges { exchange.market.setRate(perSecond: 0) }
    }

    /// Waits until nothing is missing, or nothing comes any more that could help.
    private func settle(_ judge: TopicJudge, _ producer: ProducerProcess) throws {
        var last = ContinuousClock.now
        var records = 0
        while ContinuousClock.now - last < .seconds(100) {
            try producer.check()
            try judge.catchUp()
            if judge.records != records {
                (records, last) = (judge.records, ContinuousClock.now)
                if judge.verdict(exchanges).rows.allSatisfy({ $0.lost == 0 }) { return }
            }
            usleep(500_000)
        }
    }

    private func report(_ judge: TopicJudge, _ producer: ProducerProcess, _ storm: Storm) throws {
        let (rows, findings) = judge.verdict(exchanges)
        say("faults: " + storm.tally.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "))
        for cells in [FeedJudge.Row.heading] + zip(rows, exchanges).map({ $0.cells(unheard: $1.unheardSeconds) }) {
            say(cells.map { String(repeating: " ", count: max(0, 13 - $0.count)) + $0 }.joined())
        }
        let impatient = exchanges.map(\.impatient).reduce(0, +)
        say(
            "records \(judge.records), handshakes \(exchanges.map(\.handshakes).reduce(0, +)), REST answers "
                + "\(exchanges.map(\.answers).reduce(0, +)), producer at most \(producer.peak) MiB, seed \(plan.seed)")
        note("stopped and judged")
        say("phases: " + phases.joined(separator: ", "))
        guard rows.allSatisfy(\.isGood) else { throw Failure(findings.prefix(20).joined(separator: "\n  ")) }
        guard rows.allSatisfy({ $0.happened > 0 && $0.onKafka > 0 }) else {
            throw Failure("a venue brought nothing: the test proves nothing")
        }
        try checkGaps(rows, kills: producer.kills.count)
        guard producer.peak < ProducerProcess.memoryLimit else {
            throw Failure("the producer had \(producer.peak) MiB, allowed are \(ProducerProcess.memoryLimit)")
        }
        guard impatient == 0 else { throw Failure("\(impatient) requests came before Retry-After had passed") }
    }

    /// Gaps hide no loss: a venue that tells the past leaves nothing in them, and those of another one last not much longer than
    /// it was not heard. A kill takes along what waits for Kafka, which is away for six seconds at most.
    private func checkGaps(_ rows: [FeedJudge.Row], kills: Int) throws {
        for (row, exchange) in zip(rows, exchanges) {
            if exchange.venue.hasHistory {
                guard row.insideGaps == 0 else {
                    throw Failure("\(row.source) can tell the past, and \(row.insideGaps) trades are in gaps only")
                }
                continue
            }
            let explained = exchange.unheardSeconds * 3 / 2 + 15 * kills + row.gaps / 4
            guard row.gapSeconds <= explained else {
                throw Failure("the gaps of \(row.source) cover \(row.gapSeconds) s, faults explain \(explained) s")
            }
        }
    }
}
