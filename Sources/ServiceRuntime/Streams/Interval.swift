/// Says when something is due that is done so often and not more.
struct Interval {
    let ms: Int64
    private var nextMs = Int64.min

    init(ms: Int64) { self.ms = ms }

    /// Whether it is time; then the next time is counted from now.
    mutating func isDue(at nowMs: Int64) -> Bool {
        guard nowMs >= nextMs else { return false }
        nextMs = nowMs + ms
        return true
    }
}
