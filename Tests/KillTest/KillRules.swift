internal import Foundation

/// Rules for the alerter that is killed. They look at ticks alone, so that their order is that of one log, and need all that is kept of a
/// series: times in a state, records that a range reaches back to, the side on which a line was.
enum KillRules {
    private static let file = "rules.json"
    static let arguments = ["--rules", file, "--from", "beginning"]

    private static let rules = """
        {"groups": [{"name": "kill", "rules": [
         {"alert": "Above", "expr": "tick.price > avg(tick.price, 5m)", "labels": {"severity": "info"},
          "annotations": {"summary": "{{ $labels.symbol }} at {{ $value }}"}},
         {"alert": "Falls", "expr": "change(tick.price, 10m) < 0 and count(tick.price, 10m) >= 3", "for": "2m",
          "keep_firing_for": "3m"},
         {"alert": "Crosses", "expr": "crosses(tick.price, avg(tick.price, 20m))", "keep_firing_for": "1m"},
         {"alert": "Wide", "expr": "max(tick.price, 15m) - min(tick.price, 15m) > 0.01 * tick.price", "for": "5m"}
        ]}]}
        """

    /// Writes them into `folder`, which is where the alerter looks.
    static func write(to folder: URL) throws { try Data(rules.utf8).write(to: folder.appendingPathComponent(file)) }
}
