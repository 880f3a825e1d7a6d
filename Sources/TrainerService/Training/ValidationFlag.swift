internal import CryptoCore
internal import ServiceKit

/// `--evaluate`: `walk-forward`, `holdout:2d`, `holdout:0.2` or `none`.
enum ValidationFlag {
    static func validation(_ text: String) -> Validation? {
        switch text {
        case "walk-forward": return .walkForward
        case "none": return Validation.none
        default: break
        }
        guard text.hasPrefix("holdout:") else { return nil }
        let what = text.dropFirst("holdout:".count)
        if what.last?.isLetter == true {
            return Durations.milliseconds(String(what)).flatMap { $0 > 0 ? .holdoutTime(ms: $0) : nil }
        }
        return Double(what).flatMap { $0 > 0 && $0 < 1 ? .holdoutShare($0) : nil }
    }

    static func problem(in text: String) -> String? {
        validation(text) == nil
            ? "must be walk-forward, holdout:2d (the last days), holdout:0.2 (the last share of the rows) or none" : nil
    }
}
