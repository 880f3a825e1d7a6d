/// A step of a compiled expression: takes its operands from a stack and leaves its answer there.
///
/// Numbers are doubles, null is NaN. Truth is 1 (true), 0 (false) or NaN (unknown).
enum Instruction: BitwiseCopyable, Sendable {
    case number(Double)
    /// Of the newest records of the series: the slot's value.
    case load(Int32)
    /// The index of a `RangeUse`.
    case range(Int32)
    /// The index of an `AbsentUse`.
    case absent(Int32)
    /// The index of a `CrossUse`.
    case crosses(Int32)
    case negative
    case arithmetic(Arithmetic)
    case comparison(Comparison)
    case not, and, or
}

/// A range function over one field of a channel.
struct RangeUse: Hashable, BitwiseCopyable, Sendable {
    let function: RangeFunction
    let history: Int32
    /// The field's place in the channel's rows.
    let column: Int32
    let columns: Int32
    let ms: Int64
    /// Whether it ends at the clock's time, or at the record's.
    let usesClock: Bool
}

struct AbsentUse: BitwiseCopyable, Sendable {
    let channel: Int32
    let ms: Int64
}

struct CrossUse: Sendable {
    /// Which `crosses` of its rule it is.
    let position: Int
    /// The channels that it names: `RuleSet.channelLists`.
    let channels: Range<Int32>
}

/// The sides on which the `crosses` of one rule were for one series, and their last answers: four bits each.
struct Crossings: Equatable, BitwiseCopyable, Sendable {
    private(set) var bits: UInt64

    init(bits: UInt64 = 0) { self.bits = bits }

    /// The last answer: 1, 0 or NaN.
    func answer(_ position: Int) -> Double {
        switch bits &>> UInt64(position &* 4 &+ 2) & 3 {
        case 1: 0
        case 2: 1
        default: .nan
        }
    }

    /// Takes the two sides' values. Where one is null the answer is unknown, and the side is remembered.
    mutating func look(_ position: Int, _ left: Double, _ right: Double) -> Double {
        let shift = UInt64(position &* 4)
        let before = bits &>> shift & 3
        // 1: below, 2: equal, 3: above; 0: not known yet.
        let now: UInt64 = left < right ? 1 : left == right ? 2 : left > right ? 3 : 0
        let isUnknown = now == 0 || before == 0
        let hasCrossed = now == 3 && before <= 2 || now == 1 && before >= 2
        let answer: UInt64 = isUnknown ? 0 : hasCrossed ? 2 : 1
        bits = bits & ~(15 &<< shift) | ((now == 0 ? before : now) | answer &<< 2) &<< shift
        return self.answer(position)
    }
}

extension Arithmetic {
    /// Null where an operand is null, or the answer is no finite number.
    @inline(__always)
    func of(_ left: Double, _ right: Double) -> Double {
        let answer =
            switch self {
            case .plus: left + right
            case .minus: left - right
            case .times: left * right
            case .divided: left / right
            }
        return answer.isFinite ? answer : .nan
    }
}

extension Comparison {
    /// Unknown where an operand is null.
    @inline(__always)
    func of(_ left: Double, _ right: Double) -> Double {
        if left.isNaN || right.isNaN { return .nan }
        let answer =
            switch self {
            case .less: left < right
            case .atMost: left <= right
            case .more: left > right
            case .atLeast: left >= right
            case .equal: left == right
            case .unequal: left != right
            }
        return answer ? 1 : 0
    }
}

/// Kleene's logic on 1, 0 and NaN.
enum Truth {
    @inline(__always)
    static func not(_ a: Double) -> Double { 1 - a }

    @inline(__always)
    static func and(_ a: Double, _ b: Double) -> Double { a == 0 || b == 0 ? 0 : a * b }

    @inline(__always)
    static func or(_ a: Double, _ b: Double) -> Double { a == 1 || b == 1 ? 1 : a + b }
}
