/// The gaps of a series that can still touch a window: half-open spans of time, sorted, merged where they meet.
struct GapSet: Equatable, Sendable {
    struct Span: BitwiseCopyable, Equatable, Sendable {
        var from: Int64
        var to: Int64
    }

    /// More gaps than this are more than any feed has: the last two become one, and what lies between counts as a gap too. It
    /// bounds what a hostile source can make us remember.
    static let capacity = 4_096

    private(set) var spans: [Span] = []

    init(_ spans: [Span] = []) { self.spans = spans }

    /// Remembers `from ..< to`.
    mutating func insert(from: Int64, to: Int64) {
        var merged = Span(from: from, to: to)
        let first = spans.firstIndex { $0.to >= from } ?? spans.count
        var end = first
        while end < spans.count, spans[end].from <= to {
            merged.from = min(merged.from, spans[end].from)
            merged.to = max(merged.to, spans[end].to)
            end += 1
        }
        spans.replaceSubrange(first..<end, with: CollectionOfOne(merged))
        if spans.count > GapSet.capacity {
            let last = spans.removeLast()
            spans[spans.count - 1].to = last.to
        }
    }

    /// Whether a gap lies, at least in part, in `start ..< end`.
    func overlaps(_ start: Int64, _ end: Int64) -> Bool {
        spans.contains { $0.from < end && $0.to > start }
    }

    /// Forgets the gaps whose last window ended at or before `watermark`; true when there were some.
    mutating func expire(watermark: Int64, slide: Int64) -> Bool {
        let before = spans.count
        spans.removeAll { ($0.to - 1).aligned(to: slide) + WindowConfiguration.windowLength <= watermark }
        return spans.count != before
    }
}
