/// Where the price went over a few minutes.
public enum Direction: UInt8, Sendable, CustomStringConvertible {
    case up, down, flat

    public var description: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .flat: "flat"
        }
    }
}

/// `crypto.trends` (`trend/1`): the last six minutes of one series, one for each final tumbling window.
public struct Trend: Equatable, Sendable {
    /// Minutes that a trend looks at.
    public static let minutes = 6
    /// Below this change (percent) the direction is flat.
    public static let flatBelowPct = 0.01
    /// The value of the Kafka header `schema`.
    public static let schema = "trend/1"

    public var series: Series
    /// The end of the window that the trend was made for, ms since the epoch.
    public var asOf: Int64
    /// The average price of that minute (last) and the five before; nil where a minute had no ticks.
    public var averages: [Double?]
    /// Least squares over the minutes that are there, quote currency a minute; nil under two.
    public var slopePerMinute: Double?
    /// The last average against the first, percent; nil under two.
    public var changePct: Double?
    /// Nil under two averages, as the change.
    public var direction: Direction?

    /// Computes slope, change and direction.
    /// - Precondition: `averages` has `Trend.minutes` elements.
    public init(series: Series, asOf: Int64, averages: [Double?]) {
        precondition(averages.count == Trend.minutes, "a trend looks at \(Trend.minutes) minutes")
        self.series = series
        self.asOf = asOf
        self.averages = averages
        let known = averages.indices.filter { averages[$0] != nil }
        guard known.count >= 2, let first = averages[known[0]], let last = averages[known[known.count - 1]] else {
            return
        }
        // Prices at both ends of what a double holds give infinities, and records hold none.
        let change = ((last - first) / first * 100).saturated
        slopePerMinute = Trend.slope(averages, known).saturated
        changePct = change
        direction = abs(change) < Trend.flatBelowPct ? .flat : change > 0 ? .up : .down
    }

    /// The least-squares slope of the known averages over their minute.
    private static func slope(_ averages: [Double?], _ known: [Int]) -> Double {
        let n = Double(known.count)
        let meanX = known.reduce(0) { $0 + Double($1) } / n
        // Differences from the first value keep the sums small beside the price.
        let origin = averages[known[0]] ?? 0
        let meanY = known.reduce(0) { $0 + ((averages[$1] ?? origin) - origin) } / n
        var covariance = 0.0
        var variance = 0.0
        for i in known {
            let x = Double(i) - meanX
            covariance += x * ((averages[i] ?? origin) - origin - meanY)
            variance += x * x
        }
        return covariance / variance
    }

    /// Appends the record's JSON object.
    public func encode(into json: inout JSONWriter) {
        json.beginObject()
        json.field("source", series.source)
        json.field("symbol", series.symbol)
        json.field("as_of", asOf)
        json.key("averages")
        json.beginArray()
        for average in averages {
            if let average { json.value(average) } else { json.null() }
        }
        json.endArray()
        json.field("slope_per_minute", orNull: slopePerMinute)
        json.field("change_pct", orNull: changePct)
        json.key("direction")
        if let direction { json.value(direction.description) } else { json.null() }
        json.endObject()
    }
}

extension Trend {
    /// Decodes one record; fields it does not know are skipped.
    /// - Throws: the first thing that is wrong with it.
    public init(decoding bytes: RawSpan) throws(DecodeError) {
        var fields = RecordFields()
        try fields.read(bytes)
        series = try fields.series(bytes)
        asOf = try fields.integer("as_of", bytes)
        averages = try fields.numbersOrNulls("averages", bytes)
        slopePerMinute = try fields.numberOrNull("slope_per_minute", bytes)
        changePct = try fields.numberOrNull("change_pct", bytes)
        switch try fields.textOrNull("direction", bytes) {
        case "up": direction = .up
        case "down": direction = .down
        case "flat": direction = .flat
        case nil: direction = nil
        default: throw DecodeError(.badField("direction", "up, down, flat or null"), at: 0)
        }
        if averages.count != Trend.minutes { throw DecodeError(.badField("averages", "six numbers or nulls"), at: 0) }
    }
}
