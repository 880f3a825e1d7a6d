internal import CryptoCore
internal import Storage

/// A stretch in which ticks of a series are missing, half-open. *Units*: ms since the epoch.
struct GapSpan: Equatable, Sendable {
    let from: Int64
    let to: Int64
    let reason: String

    /// More than these are not told: they would be more than a chart can show.
    private static let most = 5_000

    /// The gaps of a series that overlap a span, by their end.
    ///
    /// A gap's event time is its end, so those that began before the span are found with the rest, and those that end behind it are
    /// looked for up to the present.
    static func read(
        _ series: Series, _ span: Range<Int64>, from reader: any StoreReader
    ) throws(StoreError) -> [GapSpan] {
        var query = try StoreQuery(.ticks, of: series, columns: ["gap_from", "gap_to", "reason"])
        try query.match("kind", .text("gap"))
        (query.from, query.limit) = (span.lowerBound, 1_000)
        var found: [GapSpan] = []
        var page = RowPage()
        repeat {
            try reader.read(query, after: page.cursor, into: &page)
            for row in 0..<page.count {
                guard let from = page.integer(row, 0), let to = page.integer(row, 1), from < span.upperBound,
                    to > span.lowerBound
                else { continue }
                found.append(GapSpan(from: from, to: to, reason: page.string(row, 2) ?? ""))
            }
        } while page.hasMore && found.count < most
        return found
    }
}
