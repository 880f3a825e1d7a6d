internal import ServiceKit

/// What happened in the storm.
struct Tally {
    /// Kills of members that had committed.
    var kills = 0
    /// Rounds by fault.
    private(set) var faults: [String: Int] = [:]
    /// From the kill of a static member, which is started again at once, to new output in all partitions, ms.
    var staticMs: [Int64] = []
    /// The same for dynamic members, whose session has to time out first.
    var dynamicMs: [Int64] = []

    mutating func add(_ fault: String) { faults[fault, default: 0] += 1 }

    /// The lines of the closing table.
    func lines() -> [String] {
        [
            "kills                        \(kills)",
            "rounds                       "
                + faults.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value)" }.joined(separator: ", "),
            "kill to new output, static   \(Tally.summary(staticMs))",
            "kill to new output, dynamic  \(Tally.summary(dynamicMs))",
        ]
    }

    static func summary(_ times: [Int64]) -> String {
        guard let most = times.max() else { return "not measured" }
        return "p50 \(times.sorted()[times.count / 2]) ms, max \(most) ms (\(times.count) kills, all partitions)"
    }
}

/// 1.5 for 1.53.
func oneDecimal(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }
