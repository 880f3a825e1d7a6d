internal import CryptoCore
internal import Feeds
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// One feed's thread: poll, send, count, tell.
struct FeedLoop {
    let context: ServiceContext
    let status: FeedStatus
    /// Name of its readiness condition and of its metrics.
    let name: String
    private let sender: TickSender
    private let report: ServiceReport
    private let clock = SystemClock()
    private var metrics: FeedMetrics
    private var kafkaMetrics: KafkaMetrics
    private var reporter: FeedReporter
    private var prices = LastPrices()
    private var fate = TickFate()
    private var progressMs: Int64 = 0
    private var unbufferedMs: Int64 = 0
    private var wasStuck = false
    private var aheadLoggedMs: Int64?

    init(_ context: ServiceContext, _ status: FeedStatus, _ sender: TickSender, report: ServiceReport) {
        self.context = context
        self.status = status
        self.sender = sender
        self.report = report
        name = status.name
        metrics = FeedMetrics(context, name)
        kafkaMetrics = KafkaMetrics(context)
        reporter = FeedReporter(context, name)
    }

    /// Runs the feed until it is finished or stop is requested, then waits until Kafka has everything.
    /// - Throws: a fatal `KafkaError`; `UndeliveredTicks`; `ReplayFailure`.
    mutating func run(_ feed: inout some Feed & ~Copyable, _ writer: inout TickWriter) throws {
        progressMs = clock.monotonicMs()
        unbufferedMs = progressMs
        sender.begin(writer)
        var events: [FeedEvent] = []
        var state = FeedState.running
        while state == .running, !context.stop.isRequested {
            state = feed.poll(waitMs: sender.patienceMs, into: &writer, events: &events)
            for event in events { reporter.report(event, metrics) }
            events.removeAll(keepingCapacity: true)
            try pass(&writer)
        }
        writer.continuity.abandonPending(nowMs: clock.wallMs())
        try pass(&writer)
        let sender = sender
        sender.recording?.end(writer.series, wallMs: clock.wallMs())
        try sender.finish { watchDelivery() }
        noteDelivery()
        if let failure = reporter.failure { throw failure }
    }

    // MARK: Parts

    private mutating func pass(_ writer: inout TickWriter) throws(KafkaError) {
        // History is as old as it is.
        if let newest = writer.batch.entries.last, newest.kind != .gap, status.source.isLive,
            writer.counters.backfilled == metrics.before.backfilled
        {
            metrics.noteDrift(eventTime: newest.eventTime, wallMs: clock.wallMs())
        }
        if prices.take(writer, nowMs: clock.monotonicMs()) {
            let prices = prices.prices
            status.change { $0.prices = prices }
        }
        // Before they are sent, which may take long: whoever gives this feed up says how many were not delivered.
        noteCounters(writer)
        let sender = sender
        try sender.send(&writer) { watchDelivery() }
        noteCounters(writer)
        noteClock(writer.counters.ahead)
        if let lost = writer.continuity.takeUnreadable() {
            context.log.error(
                "trades that waited could not be read back",
                ["source": name, "count": lost.count, "reason": lost.reason])
        }
        metrics.add(writer.counters)
        metrics.setHeld(writer.continuity.pendingTrades)
        kafkaMetrics.note(sender.producer)
        watchDelivery()
    }

    private func noteCounters(_ writer: borrowing TickWriter) {
        let counters = writer.counters
        let bad = reporter.badCount
        status.change { status in
            status.counters = counters
            status.badCount = bad
        }
    }

    /// Says, now and then, that trades come from the future: either clock may be wrong, and ours can be mended.
    private mutating func noteClock(_ ahead: Int) {
        guard ahead > metrics.before.ahead, status.source.isLive else { return }
        let now = clock.monotonicMs()
        if aheadLoggedMs.map({ now - $0 >= 60_000 }) ?? true {
            aheadLoggedMs = now
            context.log.error(
                "trades are more than a minute ahead of this machine's clock, and are not taken: set it right",
                ["source": name, "count": ahead])
        }
    }

    private mutating func watchDelivery() {
        noteDelivery()
        noteKafka()
    }

    private mutating func noteDelivery() {
        let now = sender.fate
        report.add(now.delivered - fate.delivered, "ticks")
        report.add(now.refused - fate.refused, "refused")
        metrics.lost.add(now.lost - fate.lost)
        if now.delivered != fate.delivered { progressMs = clock.monotonicMs() }
        fate = now
        status.change { $0.fate = now }
    }

    /// Not ready while ticks wait and none is acknowledged, or while the buffer has some for longer than a moment.
    private mutating func noteKafka() {
        let now = clock.monotonicMs()
        metrics.setBuffered(ticks: sender.buffer?.count ?? 0, bytes: sender.buffer?.sizeBytes ?? 0)
        if sender.waiting == 0 { progressMs = now }
        if sender.buffer?.isEmpty ?? true { unbufferedMs = now }
        let isStuck = now - progressMs > 5_000
        let condition = "delivery-\(name)"
        if isStuck || now - unbufferedMs > 5_000 {
            context.notReady(condition, because: sender.waitingText(isStuck: isStuck))
            wasStuck = true
        } else if wasStuck {
            context.ready(condition)
            wasStuck = false
        }
    }
}
