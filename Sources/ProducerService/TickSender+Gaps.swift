internal import CryptoCore
internal import Feeds
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// The gaps that lost ticks leave.
extension TickSender {
    /// Gives up ticks: each series is incomplete from its last tick that was kept, or from where a gap among them began.
    func drop(from index: Int, _ writer: inout TickWriter) {
        let entries = writer.batch.entries[index...]
        lost += entries.count { $0.kind != .gap }
        var reopened: Set<SeriesID> = []
        for entry in entries where reopened.insert(entry.series).inserted {
            var from = series[Int(entry.series.index)].keptUntil
            var reason = GapReason.overflow
            if case .gap(let gap)? = try? writer.batch.tick(entry).kind {
                from = gap.from
                reason = GapReason(rawValue: gap.reason) ?? .overflow
            }
            writer.gaps.reopen(entry.series, after: from, reason)
        }
    }

    /// There is room again: series that have no tick now say at once up to when they are incomplete.
    func endOverflow(_ writer: inout TickWriter) {
        guard let bytes = overflowBytes, let buffer, buffer.sizeBytes <= bytes / 2 else { return }
        overflowBytes = nil
        let nowMs = clock.wallMs()
        for index in 0..<writer.series.count where writer.gaps.isOpen(SeriesID(index: Int32(index))) {
            writer.gaps.announce(SeriesID(index: Int32(index)), nowMs: nowMs)
        }
    }

    /// Ticks that Kafka will never take, or that the disk has lost, leave a gap too.
    func noteRefusals(_ writer: inout TickWriter) {
        for refusal in refusals { reopen(refusal.series, after: refusal.from, &writer) }
        refusals.removeAll()
        guard let buffer, buffer.unreadable > unreadable else { return }
        context.log.error(
            "ticks could not be read back", ["count": buffer.unreadable - unreadable, "reason": buffer.problem ?? ""])
        lost += buffer.unreadable - unreadable
        unreadable = buffer.unreadable
        for index in series.indices {
            reopen(SeriesID(index: Int32(index)), after: series[index].sentUntil, &writer)
        }
    }

    /// Opens a gap, or lets the open one begin earlier.
    private func reopen(_ id: SeriesID, after from: Int64?, _ writer: inout TickWriter) {
        var from = from
        if writer.gaps.isOpen(id), let open = writer.gaps.lastEventTime(id) { from = min(from ?? open, open) }
        writer.gaps.reopen(id, after: from, .overflow)
    }
}
