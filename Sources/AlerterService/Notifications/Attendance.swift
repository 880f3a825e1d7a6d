internal import CryptoCore

/// When a notifier was there to tell of what came in a partition, over restarts and moves: it decides how old a change was when somebody
/// could first have told it.
///
/// While a notifier is there it could tell of a change when it comes; that its receiver takes nothing makes no change older. What came
/// during an absence could be told when that was over.
///
///     ── there ──┤ absence ├── there ──┤ absence ├── there ──▶ append times
///        at once      at its end                    at once
///
/// Kept as metadata beside the group's offset. *Units*: ms since the epoch.
struct Attendance: Equatable, Sendable {
    /// Older absences are forgotten: what came then counts as told at once.
    private static let longestList = 8

    /// The last time at which somebody is known to have been there.
    private var untilMs = Int64.min
    private var absences: [Range<Int64>] = []

    /// Nobody has ever been there.
    init() {}

    /// Somebody comes after an absence, which begins with what is known of the one before.
    mutating func begin(at nowMs: Int64) {
        if nowMs > untilMs { absences.append(untilMs..<nowMs) }
        absences.removeFirst(max(0, absences.count - Attendance.longestList))
        untilMs = max(untilMs, nowMs)
    }

    /// Somebody is still there.
    mutating func goOn(at nowMs: Int64) { untilMs = max(untilMs, nowMs) }

    /// When a change that came then could first be told.
    func firstChance(of appendMs: Int64) -> Int64 {
        absences.first { $0.contains(appendMs) }?.upperBound ?? appendMs
    }
}

extension Attendance {
    /// `until=1763726400000 absent=1763719200000-1763722800000,…`; an absence without a beginning has no number there.
    var text: String {
        let ranges = absences.map { "\($0.lowerBound == .min ? "" : "\($0.lowerBound)")-\($0.upperBound)" }
        return "until=\(untilMs) absent=\(ranges.joined(separator: ","))"
    }

    /// Reads what `text` wrote; nil for other text.
    init?(_ text: String) {
        let words = text.split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 2, words[0].hasPrefix("until="), words[1].hasPrefix("absent="),
            let until = Int64(words[0].dropFirst(6))
        else { return nil }
        untilMs = until
        for word in words[1].dropFirst(7).split(separator: ",") {
            let ends = word.split(separator: "-", omittingEmptySubsequences: false)
            guard ends.count == 2, let end = Int64(ends[1]) else { return nil }
            let start = ends[0].isEmpty ? Int64.min : Int64(ends[0])
            guard let start, start <= end else { return nil }
            absences.append(start..<end)
        }
    }
}
