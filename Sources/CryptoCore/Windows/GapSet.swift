/// The gaps of a series that can still touch a window: half-open spans of time, sorted, merged where they meet.
///
/// One may be open: input was lost, and what comes next is not there yet to say up to when. The life of it: `open(from:)` when
/// records are found to be gone, `close(at:)` with the next tick that takes event time on; in between it overlaps everything
/// after its start.
struct GapSet: Equatable, Sendable {
    struct Span: BitwiseCopyable, Equatable, Sendable {
        var from: Int64
        var to: Int64
    }

    /// More gaps than this are more than any feed has: the last two become one, and what lies between counts as a gap too. It
    /// bounds what a hostile source can make us remember.
    static let capacity = 4_096

    /// Where the open gap's end stands in the changelog: later than any time.
    private static let noEnd: Int64 = 1 << 60 - 1

    private(set) var spans: [Span] = []
    /// Where the open gap begins; nil while there is none.
    private(set) var openFrom: Int64?

    init() {}

    /// The gaps that a changelog held as `all`.
    init(_ all: [Span]) {
        spans = all
        if let last = all.last, last.to == GapSet.noEnd { openFrom = spans.removeLast().from }
    }

    /// All of them as the changelog holds them: an open one comes last and ends later than any time.
    var all: [Span] { spans + (openFrom.map { [Span(from: $0, to: GapSet.noEnd)] } ?? []) }

    /// Everything from `from` on may be missing, until `close(at:)`.
    mutating func open(from: Int64) { openFrom = min(openFrom ?? from, from) }

    /// Ends the open gap, if there is one, at the time of a tick.
    mutating func close(at to: Int64) {
        guard let from = openFrom else { return }
        openFrom = nil
        insert(from: from, to: to)
    }

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
        spans.contains { $0.from < end && $0.to > start } || openFrom.map { $0 < end } ?? false
    }

    /// Forgets the gaps whose last window ended at or before `watermark`; true when there were some.
    mutating func expire(watermark: Int64, slide: Int64) -> Bool {
        let before = spans.count
        spans.removeAll { ($0.to - 1).aligned(to: slide) + WindowConfiguration.windowLength <= watermark }
        return spans.count != before
    }
}
