internal import CryptoCore

/// What of the page's head is not the board's own: how Kafka, the store and the other services do.
struct Surroundings: Equatable, Sendable {
    /// JSON objects, and an array of services.
    var kafka = #"{"state":"starting","since":0}"#
    var store = #"{"state":"none","since":0}"#
    var services = "[]"
}

extension LiveBoard {
    /// Everything that is known, as `GET /api/live` answers it.
    /// - Parameter id: where the stream goes on behind it: the `Last-Event-ID` to ask with.
    mutating func snapshot(_ surroundings: Surroundings, id: String = "", version: String, now: Int64) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 4_096 + 2_048 * rows.count)
        json.beginObject()
        json.field("n", Int64(number))
        json.field("id", id)
        json.field("now", now)
        json.field("started", started)
        json.field("version", version)
        encodeStatus(surroundings, now: now, into: &json)
        json.key("alerts")
        firing.encode(into: &json)
        json.key("series")
        json.beginArray()
        for row in rows { row.encode(.all, into: &json) }
        json.endArray()
        json.endObject()
        return json.bytes
    }

    /// The same without series and alerts, whose changes have events of their own: told once a second where something in it changed.
    mutating func status(_ surroundings: Surroundings, now: Int64) -> LiveEvent {
        var json = JSONWriter(reservingBytes: 4_096)
        json.beginObject()
        json.field("n", Int64(takeNumber()))
        json.field("now", now)
        encodeStatus(surroundings, now: now, into: &json)
        json.endObject()
        return LiveEvent(.status, json.bytes)
    }

    private mutating func encodeStatus(_ surroundings: Surroundings, now: Int64, into json: inout JSONWriter) {
        json.key("kafka")
        json.raw(surroundings.kafka)
        json.key("store")
        json.raw(surroundings.store)
        encodeRate(now, into: &json)
        encodeLatency(now, into: &json)
        json.key("feeds")
        json.beginArray()
        for feed in FeedState.all(of: rows, now: now) { feed.encode(now: now, into: &json) }
        json.endArray()
        json.key("services")
        json.raw(surroundings.services)
        json.key("counts")
        json.beginObject()
        json.field("ticks", counts.ticks)
        json.field("late", counts.late)
        json.field("dead_letters", counts.deadLetters)
        json.field("gaps", counts.gaps)
        json.field("malformed", counts.malformed)
        json.field("untold", counts.untold)
        json.endObject()
    }

    private mutating func encodeRate(_ now: Int64, into json: inout JSONWriter) {
        json.key("rate")
        json.beginObject()
        json.field("ticks_per_s", rate.rate(at: now))
        if let peak = rate.peak {
            json.field("peak", peak.rate)
            json.field("peak_at", peak.at)
        }
        json.endObject()
    }

    private mutating func encodeLatency(_ now: Int64, into json: inout JSONWriter) {
        json.key("latency")
        json.beginObject()
        if let minute = latency.lastMinute(at: now) {
            json.field("p50_ms", minute.p50)
            json.field("p99_ms", minute.p99)
            json.field("count", Int64(minute.count))
        }
        json.key("history")
        json.beginArray()
        for minute in latency.history {
            json.beginArray()
            json.value(minute.start)
            json.value(minute.p50)
            json.value(minute.p99)
            json.endArray()
        }
        json.endArray()
        json.endObject()
    }
}

extension JSONWriter {
    /// A value that is JSON already.
    mutating func raw(_ json: String) {
        var json = json
        json.withUTF8 { raw(UnsafeRawBufferPointer($0)) }
    }
}
