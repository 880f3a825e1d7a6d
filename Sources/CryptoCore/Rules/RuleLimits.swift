/// How much a rules file may ask for, so that no file takes the memory or the stack.
package enum RuleLimits {
    /// Of the file.
    package static let bytes = 10_000_000
    package static let rules = 1_000
    /// Of an expression, or any other text.
    package static let textBytes = 65_536
    /// Levels of parentheses, signs, functions and `not` within each other.
    package static let depth = 64
    /// Numbers, fields and operators of one expression.
    package static let parts = 1_000
    /// Each remembers for every series on which side it was.
    package static let crosses = 16
    /// Labels of a rule, and annotations.
    package static let texts = 16
    /// Of a rule's name, a pattern or a label. *Units*: bytes.
    package static let nameBytes = 255
    /// Of an annotation. *Units*: bytes.
    package static let annotationBytes = 1_024
    /// `for`, `keep_firing_for` and what `absent` waits for. *Units*: ms.
    package static let durationMs: Int64 = 30 * 86_400_000
    /// Records of one kind that are remembered of a series. Where more came in the time of a range, the range is null.
    package static let records = 14_400
    /// What the name of a market and its places in tables take. *Units*: bytes.
    static let subjectBytes = 256
    /// How far behind the newest record of its kind one can be looked for by a record of another. *Units*: ms.
    package static let joinMs: Int64 = 300_000
    /// Records that are remembered for that.
    package static let joinRecords = 1_024
    /// How long after its end, by the clock, a live window is looked at. *Units*: ms.
    package static let liveMs: Int64 = 300_000

    /// The longest range over records of a kind: as long as the usual number of them is remembered. *Units*: ms.
    package static func rangeMs(over kind: RecordKind) -> Int64 {
        min(7 * 86_400_000, Int64(records) * 60_000 / kind.usualPerMinute)
    }
}
