/// When a batch is written: few commits where few rows come, full batches where many do.
///
/// A commit costs a store some pages whatever is in it, so the fewer rows come, the longer a batch waits for more of
/// them, unless it was told how long. Times are those of a clock that never goes back. *Units*: ms.
///
///     full (rows or bytes)            at once
///     told how long                   when its first row is so old
///     `enoughRows` or more            when its first row is `shortestMs` old
///     fewer                           when its first row is `longestMs` old
struct BatchPace: Equatable, Sendable {
    /// From so many rows on a longer wait saves little: measured with SQLite, see config/README.md.
    static let enoughRows = 200
    /// How long a batch that has enough rows waits.
    static let shortestMs: Int64 = 200
    /// How old the first row of a batch becomes.
    static let longestMs: Int64 = 1000
    /// A batch of so many bytes is full.
    static let fullBytes = 8 << 20

    /// A batch of so many rows is full.
    let fullRows: Int
    /// How long every batch waits; nil: by the rows it has.
    let waitMs: Int64?

    /// Whether a batch is written at `now`.
    /// - Parameter firstMs: when its first row came.
    func isDue(rows: Int, bytes: Int, firstMs: Int64, now: Int64) -> Bool {
        if rows == 0 { return false }
        return rows >= fullRows || bytes >= BatchPace.fullBytes || now >= dueMs(rows: rows, firstMs: firstMs)
    }

    /// When a batch that is not full is written, if nothing is added to it.
    func dueMs(rows: Int, firstMs: Int64) -> Int64 {
        firstMs + (waitMs ?? (rows >= BatchPace.enoughRows ? BatchPace.shortestMs : BatchPace.longestMs))
    }
}
