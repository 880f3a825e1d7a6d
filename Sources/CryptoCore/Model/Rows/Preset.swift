/// What a model is taught: which ticks make a row, which features it has, and what its target means.
///
/// The rows of a preset are made by `RowBuilder`, in training and in serving.
package enum Preset: String, Sendable, CaseIterable, CustomStringConvertible {
    /// Trades: is the next trade's price higher?
    case direction
    /// Ticks with a price: is it higher than the price before?
    case difference
    /// Quotes: is the day's change above 0.5 percent, or its volume above a million?
    case tickerTrend = "ticker-trend"
    /// Minutes of trades: is the next minute's average above the mid?
    case horizon

    package var description: String { rawValue }

    /// A column that a model reads.
    package struct Feature: Equatable, Sendable {
        /// As it stands in model files, cards and requests.
        package var name: String
        package var meaning: String

        init(_ name: String, _ meaning: String) {
            self.name = name
            self.meaning = meaning
        }
    }

    /// A row has at most this many features.
    package static let maximumFeatures = 16
    /// A row has at most this many rules.
    package static let maximumRules = 3

    /// The columns, in the order in which a row has them.
    package var features: [Feature] {
        switch self {
        case .direction:
            [
                Feature("price", "of the trade, in the quote currency"),
                Feature("quantity", "of the trade, in base units"),
                Feature("is_buy", "1 when the taker bought, else 0"),
            ]
        case .difference: [Feature("difference", "the price less the price before, in the quote currency")]
        case .tickerTrend:
            [
                Feature("price", "in the quote currency"),
                Feature("change_24h_pct", "the change in 24 hours, percent"),
                Feature("volume", "traded in 24 hours, in base units: volume_24h / price"),
            ]
        case .horizon: Preset.horizonFeatures
        }
    }

    private static let horizonFeatures: [Feature] =
        (1...6).map { Feature("r\($0)", "ln(average of the minute / average \($0) before)") } + [
            Feature("vol", "the root of the sum of the six minutes' squared returns"),
            Feature("svr", "(buy volume - sell volume) / volume of the minute"),
            Feature("vwapd", "ln(mid / volume-weighted average price of six minutes)"),
            Feature("count", "trades of the minute"),
            Feature("count6", "trades of six minutes"),
            Feature("hour", "of the minute's end, UTC, 0 to 23"),
            Feature("side", "+1 when the minute's last trade was a buy, else -1"),
        ]

    /// What a target of 1 means.
    package var target: String {
        switch self {
        case .direction: "the price of the next trade is higher"
        case .difference: "the price is higher than the one before"
        case .tickerTrend: "the change in 24 hours is above 0.5 %, or the volume above 1,000,000 base units"
        case .horizon: "the next minute's average price is more than 1 bp above the mid (0: below it by as much)"
        }
    }

    /// What is to be known before anybody believes the model's numbers; nil where there is nothing.
    package var caution: String? {
        switch self {
        case .direction:
            "It learns order sweeps: fills of one order have the same millisecond and side, and are rows of their own here. "
                + "Look at the numbers of both parts."
        case .difference: "It restates a rule: the target is the sign of the only feature."
        case .tickerTrend: "It restates a rule: the target follows from two of the features, with thresholds."
        case .horizon:
            "It is history by trade time: live, trades come late, and what the model scores there is to be measured."
        }
    }

    /// The rules that a model is held against.
    package var rules: [Rule] {
        switch self {
        case .direction: [.sidePersistence, .returnReversal]
        case .difference: [.differenceSign]
        case .tickerTrend: [.thresholds]
        case .horizon: [.sidePersistence, .returnReversal, .closeOverAverage]
        }
    }

    /// How far back from the time of a row its features look, ms.
    package var lookbackMs: Int64 { self == .horizon ? 7 * HorizonRows.minuteMs : 0 }

    /// Whether a row's features look at the series' tick before, however long ago that was. Those of `direction` do not. A rule of it looks
    /// at the step from the trade before, which is the target of that trade's row: where the two lie on either side of a cut, that row
    /// is purged.
    package var looksAtTickBefore: Bool { self == .difference }

    /// How far ahead of a row's time its target lies, ms; nil: until the next tick, or not ahead at all.
    package var horizonMs: Int64? { self == .horizon ? HorizonRows.minuteMs : nil }

    /// Whether rows are made of trades (else of quotes); nil: of either.
    package var wantsTrades: Bool? {
        switch self {
        case .direction, .horizon: true
        case .difference: nil
        case .tickerTrend: false
        }
    }
}
