internal import CryptoCore
internal import ServiceKit

/// Why there is no model, and what is missing.
enum TrainingError: Error, Equatable, CustomStringConvertible {
    /// Fewer rows than anything can be learned from.
    case tooFewRows(count: Int, preset: Preset, ticks: Int)
    /// Every row has this target.
    case oneClass(UInt8, count: Int, preset: Preset)
    /// The rows or settings cannot be used, or a model cannot be read.
    case model(ModelError)
    /// All rows lie in the period that champion and challenger are judged by. *Units*: ms.
    case allFresh(ms: Int64)
    /// Challenger and champion could not be judged; says why.
    case notJudged(String)
    /// A file holds no forest that can be taken; says why.
    case notTaken(path: String, reason: String)
    /// Stop was requested first.
    case stopped

    /// Fewer rows make no model.
    static let fewestRows = 100

    var description: String {
        switch self {
        case .tooFewRows(let count, let preset, let ticks):
            let found = ticks > 0 ? ", made of \(CardNumber.grouped(ticks)) ticks" : ""
            return "no model: there are \(count) rows\(found), and \(TrainingError.fewestRows) are the fewest; "
                + TrainingError.hint(preset)
        case .oneClass(let target, let count, let preset):
            return "no model: each of the \(CardNumber.grouped(count)) rows has the target \(target) "
                + "(1: \(preset.target)): there is nothing to tell apart; " + TrainingError.hint(preset)
        case .model(let error): return "no model: \(error)"
        case .allFresh(let ms):
            return
                "no model: all rows lie in the fresh period, the last \(Durations.text(milliseconds: ms)) up to the newest tick, which teaches "
                + "nothing: read more by --since or shorten --fresh"
        case .notJudged(let why): return "the challenger could not be judged: \(why)"
        case .notTaken(let path, let reason): return "\(path): \(reason)"
        case .stopped: return "stopped: no model was written"
        }
    }

    private static func hint(_ preset: Preset) -> String {
        switch preset {
        case .direction:
            "a row is a trade with a side, and another one within a minute: read more by --since or --series"
        case .difference: "a row is a price with one before it: read more by --since or --series"
        case .tickerTrend:
            "a row is a quote with the day's change and volume, as binance-24h and coingecko give them: read more by --since or "
                + "--series"
        case .horizon:
            "a row is a minute whose neighbours, six before and one behind, all have trades with sides: read more by --since or "
                + "--series"
        }
    }
}
