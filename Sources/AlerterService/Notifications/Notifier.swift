internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Tells one receiver of the alerts on `crypto.alerts`: a consumer with a group of its own, whose offsets are committed once the
/// receiver has what lies before them. So each change is told at least once, whatever ends or goes away, and no notifier waits for
/// another.
///
/// Changes go out in the order of their partition, one attempt at a time. One that fails is tried again for ever, and holds back what
/// comes behind it in this notifier only; what the receiver will never take is dropped. Nothing goes out before what waited at the
/// start was read, or as much of it as there is room for: who has heard of an alert's end does not tell anew that it fires.
/// *Thread*: bound to one.
final class Notifier {
    enum Attempt: Equatable {
        case none, underWay
        /// Nothing is tried before. *Units*: ms, monotonic.
        case waiting(untilMs: Int64)
    }

    private static let commitEveryMs: Int64 = 200
    /// How often it is written down that somebody is there, while changes wait. *Units*: ms.
    private static let attendEveryMs: Int64 = 10_000
    /// How long it tells the rest, at most. *Units*: ms.
    private static let restMs: Int64 = 2_000

    let target: NotifierTarget
    let context: ServiceContext
    let consumer: KafkaConsumer
    let membership: Membership
    let metrics: NotifierMetrics
    let board: SilenceBoard
    let report: ServiceReport
    let clock = SystemClock()
    var schedule: NotificationSchedule
    var inbox = NotifierInbox()
    private let receiver: any Receiver
    private var attempt = Attempt.none
    private var backoff = Backoff()
    /// Since when the receiver takes nothing. *Units*: ms since the epoch.
    private var downSinceMs: Int64?
    private var silencesVersion = 0
    private var isPaused = false
    /// Partitions whose end was not reached since they were given.
    var unread: Set<TopicPartition> = []
    /// Of each partition, since it was given.
    var attendances: [Int32: Attendance] = [:]
    /// Whether what was done with is read again: positions are none to commit then.
    var isRestoring = false
    private var committed: [Int32: (offset: Int64, read: Int64, atMs: Int64)] = [:]
    private var nextCommitMs: Int64 = 0
    private var brokerWatch: BrokerWatch
    private var isWaiting = false
    let troubles = EveryNth(100)
    private let malformed = EveryNth()

    /// - Throws: `.badConfig`.
    init(
        _ target: NotifierTarget, _ context: ServiceContext, _ settings: NotifierSettings, _ board: SilenceBoard,
        _ wiring: (report: ServiceReport, membership: Membership)
    ) throws(KafkaError) {
        self.target = target
        self.context = context.part("notifier", target.name)
        self.board = board
        (report, membership) = wiring
        metrics = NotifierMetrics(context, target.name)
        schedule = NotificationSchedule(settings.manner(of: target))
        receiver = target.receiver(refreshMs: settings.refreshMs)
        brokerWatch = BrokerWatch(self.context)
        let isAlone = membership == .alone
        consumer = try KafkaConsumer(
            Notifier.kafka(context), group: isAlone ? nil : "\(context.group)-\(target.name)",
            instance: isAlone ? nil : settings.instance, onLog: context.kafkaLog)
    }

    /// Small answers into short queues: alerts are few, and notifiers several.
    static func kafka(_ context: ServiceContext) -> KafkaConfiguration {
        var kafka = context.kafka
        kafka.set("queued.min.messages", to: "100", for: .consumer)
        kafka.set("max.partition.fetch.bytes", to: "65536", for: .consumer)
        // No limit for a consumer, but a floor of the next.
        kafka.set("message.max.bytes", to: "500000", for: .consumer)
        kafka.set("fetch.max.bytes", to: "500000", for: .consumer)
        // What comes is answered at once all the same, whatever the stream's readers ask for.
        kafka.set("fetch.min.bytes", to: "1", for: .consumer)
        kafka.set("fetch.wait.max.ms", to: "250", for: .consumer)
        return kafka
    }

    /// Runs until stop is requested.
    /// - Throws: what only a restart or a person can mend.
    func run() throws {
        // Its questions to Kafka take up to fifteen seconds where nobody answers.
        let limits = LoopWatch.Limits(stillMs: 60_000)
        let watch = membership == .group ? LoopWatch(context, limits) : nil
        defer { watch?.end() }
        context.beginLoop(limitMs: limits.stillMs)
        defer { context.endLoop() }
        context.log.info("notifier started", ["to": target.shown])
        try join()
        while !context.stop.isRequested { try turnOrWait() }
        if membership == .alone { try? tellTheRest() }
        receiver.cancel()
        try? commit()
        if !consumer.close(timeoutMs: 2_000) { context.log.warning("left the group without the broker's answer") }
    }

    private func turnOrWait() throws {
        do { try turn() } catch let error as KafkaError {
            guard case .retriable = error else { throw error }
            noteAway(error)
            isWaiting = true
            context.stop.wait(ms: 100)
        }
    }

    /// Tells what is on the topic by now, as nobody will later; a receiver that takes nothing is not waited for long.
    private func tellTheRest() throws {
        let places = consumer.assignment
        let ends = zip(places, try consumer.logs(of: places, timeoutMs: 1_000))
        let deadlineMs = clock.monotonicMs() + Notifier.restMs
        while clock.monotonicMs() < deadlineMs {
            let isRead = ends.allSatisfy { $1.isEmpty || (consumer.position(of: $0) ?? 0) >= $1.upperBound }
            if isRead, attempt == .none, inbox.isEmpty { return }
            try turn()
        }
    }

    /// Kafka does not answer.
    func noteAway(_ error: KafkaError) {
        context.notReady("kafka", because: "\(error)")
        if troubles.isDue() { context.log.warning("waiting for Kafka", ["error": "\(error)"]) }
    }

    private func turn() throws {
        context.noteTurn()
        let outcome = try consumer.poll(limit: NotifierInbox.limit, waitMs: waitMs(), onHole: note(hole:)) { record in
            if let change = change(record) { inbox.add(change) }
        }
        if isWaiting { context.ready("kafka") }
        isWaiting = false
        brokerWatch.look(at: consumer)
        if let rebalance = outcome.rebalance { return try answer(rebalance) }
        unread.subtract(outcome.ends)
        try holdOrReadOn()
        if let news = board.news(since: silencesVersion) { (schedule.silences, silencesVersion) = news }
        // Before silences are known nobody can be told of anything.
        if silencesVersion > 0, unread.isEmpty || isPaused { advance() }
        metrics.note(lag: consumer.lag, remembered: schedule.count)
        guard clock.monotonicMs() >= nextCommitMs else { return }
        nextCommitMs = clock.monotonicMs() + Notifier.commitEveryMs
        try commit()
    }

    /// How long to wait for a record. While an attempt is under way, its end is waited for instead.
    private func waitMs() -> Int32 {
        if attempt == .underWay || (attempt == .none && inbox.next != nil) { return 0 }
        return 50
    }

    /// Reads nothing more while it has enough in memory, or keeps less of it.
    private func holdOrReadOn() throws(KafkaError) {
        if isPaused, inbox.hasRoom {
            try consumer.resume(consumer.assignment)
            isPaused = false
        } else if inbox.isFull, target.isRefreshed {
            inbox.condense()
        } else if !isPaused, inbox.isFull {
            try consumer.pause(consumer.assignment)
            isPaused = true
        }
    }

    // MARK: Records

    /// The change that a record holds; nil, counted, where it holds none.
    func change(_ record: borrowing KafkaRecord) -> AlertChange? {
        do throws(DecodeError) {
            guard let value = record.value else { throw DecodeError(.notJSON("a value"), at: 0) }
            return AlertChange(
                alert: try Alert(decoding: value.bytes), partition: record.partition, offset: record.offset,
                appendMs: record.timestampMs)
        } catch {
            metrics.drop(.malformed)
            if malformed.isDue() {
                context.log.warning(
                    "a record is no alert",
                    ["partition": record.partition, "offset": record.offset, "error": error.description])
            }
            return nil
        }
    }

    func note(hole: SkippedRecords) {
        metrics.drop(.removed, Int(clamping: hole.to - hole.from))
        context.log.warning(
            "records were removed before they were read",
            ["partition": hole.place.partition, "from": hole.from, "to": hole.to])
    }

    // MARK: Sending

    private func advance() {
        switch attempt {
        case .none: break
        case .underWay:
            guard let outcome = receiver.poll(waitMs: 20) else { return }
            settle(outcome)
        case .waiting(let untilMs):
            if clock.monotonicMs() < untilMs { return }
            leaveOut()
        }
        if case .waiting(let untilMs) = attempt, clock.monotonicMs() < untilMs { return }
        attempt = .none
        if inbox.batches.isEmpty { fill() }
        guard let batch = inbox.batches.first else { return }
        receiver.begin(batch.changes, at: clock.wallMs())
        attempt = .underWay
    }

    /// Takes changes that are to be sent from those that were read, then from those that are due again.
    private func fill() {
        let now = clock.wallMs()
        var batch = NotifierInbox.Batch()
        while batch.changes.count < receiver.batchLimit, let change = inbox.next {
            // One alert is told of its changes one after the other.
            if batch.changes.contains(where: { $0.fingerprint == change.fingerprint }) { break }
            inbox.removeFirst()
            if isOver(change, at: now) {
                metrics.drop(.stale)
                continue
            }
            let firstMs = attendances[change.partition]?.firstChance(of: change.appendMs)
            switch schedule.take(change, firstChance: firstMs ?? change.appendMs, at: now) {
            case .send: batch.changes.append(change)
            case .silenced: metrics.silenced.add()
            case .stale: metrics.drop(.stale)
            case .untold: metrics.drop(.untold)
            }
        }
        batch.unread = batch.changes.count
        if inbox.next == nil {  // else what is due may have ended
            let (due, silenced) = schedule.due(at: now, limit: receiver.batchLimit - batch.changes.count)
            batch.changes += due
            metrics.silenced.add(silenced)
        }
        if !batch.changes.isEmpty { inbox.batches.append(batch) }
    }

    /// Leaves out of what is tried again what was silenced meanwhile, or need not be told any more.
    private func leaveOut() {
        guard let batch = inbox.batches.first else { return }
        let now = clock.wallMs()
        var kept = NotifierInbox.Batch()
        for (index, change) in batch.changes.enumerated() {
            let isRepeat = index >= batch.unread
            if schedule.holdsBack(change, at: now) {
                metrics.silenced.add()
            } else if isRepeat, inbox.newest(of: change) != nil {
                continue  // what waits takes its place
            } else if isOver(change, at: now) || schedule.isOver(change, at: now) {
                schedule.note(change, isTaken: false, at: now)
                metrics.drop(.stale)
            } else {
                kept.changes.append(change)
                if !isRepeat { kept.unread += 1 }
            }
        }
        if kept.changes.isEmpty { inbox.batches.removeFirst() } else { inbox.batches[0] = kept }
    }

    /// Whether a later change, which waits, has ended the alert for so long that Alertmanager needs to hear of neither.
    private func isOver(_ change: AlertChange, at now: Int64) -> Bool {
        target.isRefreshed && inbox.newest(of: change).map { schedule.isOver($0, at: now) } == true
    }

    private func settle(_ outcome: DeliveryOutcome) {
        attempt = .none
        let now = clock.wallMs()
        let batch = inbox.batches[0]
        switch outcome {
        case .taken:
            for change in batch.changes { schedule.note(change, isTaken: true, at: now) }
            metrics.noteSent(batch.changes.count, at: now)
            inbox.batches.removeFirst()
            noteUp()
        case .refused(let reason):
            inbox.batches.removeFirst()
            if batch.changes.count > 1 { return inbox.split(batch) }
            for change in batch.changes { refuse(change, reason, at: now) }
            noteUp(remark: "refuses notifications: \(reason)")
        case .failed(let reason, let retryAfterMs):
            noteDown(reason, at: now)
            attempt = .waiting(untilMs: clock.monotonicMs() + max(backoff.next(), retryAfterMs ?? 0))
        }
    }

    private func refuse(_ change: AlertChange, _ reason: String, at now: Int64) {
        schedule.note(change, isTaken: false, at: now)
        metrics.drop(.refused)
        context.log.error(
            "the receiver refuses a notification: it is dropped",
            ["alert": change.alert.rule, "series": change.alert.series.description, "reason": reason])
    }

    private func noteUp(remark: String = "") {
        backoff.reset()
        if downSinceMs != nil { context.log.info("the receiver takes notifications again") }
        downSinceMs = nil
        context.ready("receiver", remark: remark)
    }

    /// The service stays ready, as nothing is lost and no other notifier waits.
    private func noteDown(_ reason: String, at now: Int64) {
        metrics.failures.add()
        let since = downSinceMs ?? now
        if downSinceMs == nil || troubles.isDue() {
            context.log.warning(
                "the receiver does not take a notification: it is tried again",
                ["since": Alert.time(since), "reason": reason])
        }
        downSinceMs = since
        context.ready("receiver", remark: "down since \(Alert.time(since)): \(reason)")
    }

    // MARK: Offsets

    /// Commits what is done with and was not committed yet, and that somebody was there when what waits came.
    func commit() throws(KafkaError) {
        if isRestoring { return }
        let (held, now) = (inbox.firstOffsets, clock.wallMs())
        var news: [PartitionOffset] = []
        var read: [Int32: Int64] = [:]
        for place in consumer.positions {
            let offset = held[place.partition] ?? place.offset
            let known = committed[place.partition]
            let isWaiting = held[place.partition] != nil && now - (known?.atMs ?? 0) >= Notifier.attendEveryMs
            guard known?.offset != offset || known?.read != place.offset || isWaiting else { continue }
            attendances[place.partition, default: Attendance()].goOn(at: now)
            let text = attendances[place.partition]?.text ?? ""
            news.append(PartitionOffset(place.topicPartition, offset: offset, metadata: text))
            read[place.partition] = place.offset
        }
        guard !news.isEmpty, try commitToGroup(news) else { return }
        for place in news {
            committed[place.partition] = (place.offset, read[place.partition] ?? place.offset, now)
        }
        report.note(news)
    }

    /// Begins with other partitions, or none.
    func forgetAll() {
        receiver.cancel()
        attempt = .none
        isPaused = false
        isRestoring = false
        inbox.removeAll()
        for partition in attendances.keys { schedule.forget(partition: partition) }
        (committed, attendances, unread) = ([:], [:], [])
    }
}

@available(*, unavailable)
extension Notifier: Sendable {}
