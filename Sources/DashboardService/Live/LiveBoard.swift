internal import CryptoCore

/// What the newest records of all topics say, series by series, and what of it is still to be told.
///
/// It is pure: records and readings of the clock come in, events and a snapshot go out. Each event has a number, and the snapshot says up to
/// which it goes.
struct LiveBoard: Sendable {
    /// Series beyond this are counted and not shown.
    static let mostSeries = 20_000
    /// Events beyond this between two calls of `takeEvents` are left out, and one `lost` says so.
    private static let mostEvents = 5_000

    /// So far ahead of our clock a time may be; what lies beyond is malformed. *Units*: ms.
    private static let leadMs: Int64 = 60_000

    /// When it was made; what producers took in before says nothing of how long ticks take. *Units*: ms.
    let started: Int64
    private(set) var rows: [LiveRow] = []
    private var places: [Series: Int] = [:]
    private var changedRows: [Int] = []
    /// Of the newest event.
    private(set) var number: UInt64 = 0
    private var events: [LiveEvent] = []
    private var isLosing = false
    /// The newest prediction of each series and model since the last events.
    private var predictions: [String: [UInt8]] = [:]
    private(set) var firing = FiringAlerts()
    var rate = TickRate()
    var latency = LatencyFigures()
    private(set) var counts = Counts()

    /// How many records came since the start.
    struct Counts: Equatable, Sendable {
        var ticks: Int64 = 0
        var late: Int64 = 0
        var deadLetters: Int64 = 0
        var gaps: Int64 = 0
        /// Records that are none of ours, and those of series beyond `mostSeries`.
        var malformed: Int64 = 0
        var untold: Int64 = 0
    }

    init(started: Int64) { self.started = started }

    // MARK: Records

    /// Takes a record's value, read when the clock showed `now`; what cannot be read is counted.
    mutating func add(_ topic: Topic, _ value: RawSpan, now: Int64) {
        do throws(DecodeError) {
            switch topic {
            case .ticks: try addTick(value, now)
            case .live, .tumbling: try addWindow(value, now)
            case .trends:
                let trend = try Trend(decoding: value)
                let json = bytes(value)
                change(trend.series) { $0.add(trend, json) }
                tell(.trend, json)
            case .indicators:
                let indicators = try Indicators(decoding: value)
                let json = bytes(value)
                change(indicators.series) { $0.add(indicators, json) }
                tell(.indicators, json)
            case .predictions: try addPrediction(value)
            case .scores:
                let score = try Score(decoding: value)
                guard score.isSound else { return counts.malformed += 1 }
                change(score.series) { $0.add(score) }
                tell(.score, bytes(value))
            case .alerts: try addAlert(value)
            case .silences:
                _ = try Silence(decoding: value)
                tell(.silence, bytes(value))
            case .late: counts.late += 1
            default: break
            }
        } catch { counts.malformed += 1 }
    }

    /// Takes a dead letter by what its headers say.
    mutating func addDeadLetter(_ letter: DeadLetterNote) {
        counts.deadLetters += 1
        append(LiveEvent(.deadLetter, letter.json(number: takeNumber())))
    }

    /// A silence is no more.
    mutating func endSilence(_ id: String) {
        tell(.silence, Array("{\"id\":\(JSONWriter.quoted(id)),\"deleted\":true}".utf8))
    }

    /// Takes final minutes of the past: those of the store, at the start.
    mutating func addHistory(_ series: Series, _ minutes: [Candle]) {
        change(series) { row in for minute in minutes { row.addMinute(minute) } }
    }

    private mutating func addTick(_ value: RawSpan, _ now: Int64) throws(DecodeError) {
        let view = try TickView(decoding: value)
        // One of the future would hold the price for good.
        guard view.eventTime <= now + LiveBoard.leadMs, AskedValues.times.contains(view.ingestTime),
            AskedValues.times.contains(view.gapFrom),
            AskedValues.times.contains(view.gapTo)
        else { return counts.malformed += 1 }
        counts.ticks += 1
        let series = Series(source: view.source.string(in: value), symbol: view.symbol.string(in: value))
        guard let tick = LiveTick(view) else {
            counts.gaps += 1
            let gap = LiveRow.Gap(from: view.gapFrom, to: view.gapTo, reason: view.reason.string(in: value))
            change(series) { $0.add(gap) }
            return tell(.gap, bytes(value))
        }
        rate.add(1, at: now)
        if tick.kind == .trade, !view.isBackfilled, tick.ingestTime >= started { latency.add(now - tick.time, at: now) }
        change(series) { $0.add(tick, now: now) }
    }

    private mutating func addWindow(_ value: RawSpan, _ now: Int64) throws(DecodeError) {
        let window = try WindowAggregate(decoding: value)
        guard window.type == .tumbling else { return }
        guard Candle(window).isMinute, window.windowStart <= now + LiveBoard.leadMs else {
            return counts.malformed += 1
        }
        let json = bytes(value)
        change(window.series) { $0.add(window, json) }
        if window.isFinal { tell(.window, json) }
    }

    private mutating func addPrediction(_ value: RawSpan) throws(DecodeError) {
        let prediction = try Prediction(decoding: value)
        let json = bytes(value)
        change(prediction.series) { $0.add(prediction, json) }
        predictions["\(prediction.series) \(prediction.model)"] = json
    }

    private mutating func addAlert(_ value: RawSpan) throws(DecodeError) {
        let alert = try Alert(decoding: value)
        let json = bytes(value)
        firing.add(alert, json)
        let count = firing.count(of: alert.series)
        change(alert.series) { $0.setFiring(count) }
        tell(.alert, json)
    }

    /// Changes the row of a series, which is made where there is room for it.
    private mutating func change(_ series: Series, _ body: (inout LiveRow) -> Void) {
        let place: Int
        let isNew = places[series] == nil
        if let known = places[series] {
            place = known
        } else {
            guard rows.count < LiveBoard.mostSeries else {
                counts.untold += 1
                return
            }
            place = rows.count
            places[series] = place
            rows.append(LiveRow(series))
        }
        let wasChanged = !rows[place].changed.isEmpty
        body(&rows[place])
        // A row that is new is told whole.
        if isNew { rows[place].changed.insert(.firing) }
        if !wasChanged, !rows[place].changed.isEmpty { changedRows.append(place) }
    }

    private func bytes(_ value: RawSpan) -> [UInt8] { value.withUnsafeBytes { Array($0) } }

    /// The number of an event that is told now.
    mutating func takeNumber() -> UInt64 {
        number += 1
        return number
    }

    // MARK: Events

    private mutating func tell(_ name: LiveEvent.Name, _ record: [UInt8]) {
        append(LiveEvent(name, number: takeNumber(), record: record))
    }

    private mutating func append(_ event: LiveEvent) {
        guard events.count < LiveBoard.mostEvents else { return isLosing = true }
        events.append(event)
    }

    /// What is to be told since the last call, the changed rows last: they are of one number with the newest.
    mutating func takeEvents(now: Int64) -> [LiveEvent] {
        for json in predictions.values { tell(.prediction, json) }
        predictions.removeAll(keepingCapacity: true)
        if isLosing {
            events.removeAll()
            events.append(LiveEvent(.lost, Array("{\"n\":\(takeNumber())}".utf8)))
            isLosing = false
        }
        if !changedRows.isEmpty { events += rowEvents(now: now) }
        defer { events.removeAll(keepingCapacity: true) }
        return events
    }

    /// The changed rows, in events of at most a hundred.
    private mutating func rowEvents(now: Int64) -> [LiveEvent] {
        var told: [LiveEvent] = []
        var rest = changedRows[...]
        while !rest.isEmpty {
            let number = takeNumber()
            var json = JSONWriter(reservingBytes: 16_384)
            json.beginObject()
            json.field("n", Int64(number))
            json.field("now", now)
            json.key("rows")
            json.beginArray()
            for place in rest.prefix(100) {
                rows[place].number = number
                rows[place].encode(rows[place].changed, into: &json)
                rows[place].changed = []
            }
            json.endArray()
            json.endObject()
            told.append(LiveEvent(.rows, json.bytes))
            rest = rest.dropFirst(100)
        }
        changedRows.removeAll(keepingCapacity: true)
        return told
    }
}

extension Score {
    /// Whether sums of such scores mean something: whoever writes to Kafka may have written anything.
    fileprivate var isSound: Bool {
        let shares = [accuracy, logLoss] + baselines.values.flatMap { [$0.accuracy, $0.logLoss] }
        return AskedValues.times.contains(asOf) && (1...86_400_000).contains(spanMs) && count < 1 << 40
            && shares.allSatisfy { (0...1e9).contains($0) }
    }
}
