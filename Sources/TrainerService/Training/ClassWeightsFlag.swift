internal import CryptoCore

/// `--class-weights`: `none`, `balanced`, or two numbers such as `1,2.5`.
enum ClassWeightsFlag {
    static func weights(_ text: String) -> ClassWeights? {
        switch text {
        case "none": return ClassWeights.none
        case "balanced": return .balanced
        default: break
        }
        let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Double($0) }
        guard numbers.count == 2, let zero = numbers[0], let one = numbers[1], zero > 0, one > 0, zero.isFinite,
            one.isFinite
        else { return nil }
        return .values(zero, one)
    }

    /// As it is written on the command line.
    static func text(_ weights: ClassWeights) -> String {
        switch weights {
        case .none: "none"
        case .balanced: "balanced"
        case .values(let zero, let one): "\(zero),\(one)"
        }
    }

    static func problem(in text: String) -> String? {
        weights(text) == nil
            ? "must be none, balanced (both targets count the same) or two numbers above 0, such as 1,2.5 (a row of target 0, of "
                + "target 1)" : nil
    }
}
