/// The topics, all in one table: who reads us needs nothing else.
public enum Topic: String, CaseIterable, Sendable {
    case ticks
    case tumbling = "windows.tumbling"
    case sliding = "windows.sliding"
    case live = "windows.live"
    case trends
    case late
    case deadLetter = "deadletter"
    case state = "processor.state"

    /// The full name, e.g. `crypto.windows.tumbling`.
    public func name(prefix: String) -> String { "\(prefix).\(rawValue)" }

    /// The value of the `schema` header of the topic's records; nil where the bytes are not ours or not public.
    public var schema: String? {
        switch self {
        case .ticks: Tick.schema
        case .tumbling, .sliding, .live: WindowAggregate.schema
        case .trends: Trend.schema
        case .late: LateTick.schema
        case .deadLetter, .state: nil
        }
    }

    /// How long records are kept, ms; nil for the compacted topic.
    public var retentionMs: Int64? {
        let hour: Int64 = 3_600_000
        switch self {
        case .ticks, .sliding, .late: return 7 * 24 * hour
        case .tumbling, .trends, .deadLetter: return 30 * 24 * hour
        case .live: return hour
        case .state: return nil
        }
    }

    /// The settings the topic is created with.
    ///
    /// `LogAppendTime`: retention counts from arrival. With event time as the record's timestamp a replayed old day would be
    /// deleted at the broker's first retention check.
    public var configuration: [(key: String, value: String)] {
        let stamp = (key: "message.timestamp.type", value: "LogAppendTime")
        guard let retentionMs else {
            return [
                stamp, ("cleanup.policy", "compact"), ("segment.bytes", "16777216"), ("segment.ms", "600000"),
                ("min.cleanable.dirty.ratio", "0.1"),
            ]
        }
        return [stamp, ("cleanup.policy", "delete"), ("retention.ms", String(retentionMs))]
    }
}
