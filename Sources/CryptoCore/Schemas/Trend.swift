/// Where the price went over a few minutes.
public enum Direction: UInt8, Sendable, Choice {
    case up, down, flat

    public var description: String {
        switch self {
        case .up: "up"
        case .down: "down"
        case .flat: "flat"
        }
    }

    package static var wanted: StaticText { "up, down, flat or null" }
}

/// `crypto.trends` (`trend/1`): the last six minutes of one series, one for each final tumbling window.
public struct Trend: Equatable, Sendable {
    /// Minutes that a trend looks at.
    public static let minutes = 6
    /// Below this change (percent) the direction is flat.
    public static let flatBelowPct = 0.01

    public var series = Series(source: "", symbol: "")
    /// The end of the window that the trend was made for, ms since the epoch.
    public var asOf: Int64 = 0
    /// The average price of that minute (last) and the five before; nil where a minute had no ticks.
    public var averages: [Double?] = []
    /// Least squares over the minutes that are there, quote currency a minute; nil under two.
    public var slopePerMinute: Double?
    /// The last average against the first, percent; nil under two.
    public var changePct: Double?
    /// Nil under two averages, as the change.
    public var direction: Direction?

    package init() {}

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
}

extension Trend: SeriesRecord {
    package static let schema = "trend/1"
    package static let about: StaticString =
        "Where the price of one series went over six minutes; one for each final tumbling window."
    package static let timeField: StaticString? = "as_of"

    package mutating func visit(_ visitor: inout some FieldVisitor) {
        visitor.series(&series)
        visitor.field("as_of", &asOf, .minute, "The end of the window that it was made for.")
        visitor.field(
            "averages", &averages, Trend.sixAverages,
            "The average prices of that minute (last) and the five before, oldest first; null where a minute had no ticks."
        )
        visitor.field(
            "slope_per_minute", &slopePerMinute,
            "Least squares over the averages that are there, quote currency a minute; null under two.")
        visitor.field(
            "change_pct", &changePct,
            "The last average against the first that is there, percent; null under two.")
        visitor.field(
            "direction", &direction, "flat: change_pct is below 0.01 either way; null (unknown) where it is.")
    }

    package func check() throws(DecodeError) {
        try series.check()
        if averages.count != Trend.minutes { throw DecodeError(.badField("averages", "six numbers or nulls"), at: 0) }
    }

    private static var sixAverages: Form {
        Form(
            ##"""
            {"type": "array", "minItems": 6, "maxItems": 6,
             "prefixItems": [
              {"$ref": "#/$defs/average"}, {"$ref": "#/$defs/average"}, {"$ref": "#/$defs/average"},
              {"$ref": "#/$defs/average"}, {"$ref": "#/$defs/average"}, {"$ref": "#/$defs/price"}]}
            """##)
    }

    package static let rules: [StaticString] = [
        """
        {
          "if": {"properties": {"averages": {"contains": {"type": "number"}, "minContains": 2}}},
          "then": {"properties": {"slope_per_minute": {"type": "number"}, "change_pct": {"type": "number"}}},
          "else": {"properties": {"slope_per_minute": {"type": "null"}, "change_pct": {"type": "null"}}}
        }
        """,
        """
        {
          "if": {"properties": {"change_pct": {"type": "number", "minimum": 0.01}}},
          "then": {"properties": {"direction": {"const": "up"}}}
        }
        """,
        """
        {
          "if": {"properties": {"change_pct": {"type": "number", "maximum": -0.01}}},
          "then": {"properties": {"direction": {"const": "down"}}}
        }
        """,
        """
        {
          "if": {"properties": {"change_pct": {"type": "number", "exclusiveMinimum": -0.01, "exclusiveMaximum": 0.01}}},
          "then": {"properties": {"direction": {"const": "flat"}}}
        }
        """,
        """
        {
          "if": {"properties": {"change_pct": {"type": "null"}}},
          "then": {"properties": {"direction": {"const": null}}}
        }
        """,
    ]

    package static let table = Table(
        "trends", fields, time: "as_of", id: ["source", "symbol", "trend", "as_of"], rewriting: .always)
}

extension Topic {
    public static let trends = Topic(
        "trends", Trend.self, keep: .days(30), from: ["processor"],
        "The last six minutes, one record for each final tumbling window.")
}
