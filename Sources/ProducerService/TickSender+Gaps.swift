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
        lost += entries.count
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

    /// Ticks that Kafka will never take leave a gap too, or let the open one begin earlier.
    func noteRefusals(_ writer: inout TickWriter) {
        for refusal in refusals {
            var from = refusal.from
            if writer.gaps.isOpen(refusal.series), let open = writer.gaps.lastEventTime(refusal.series) {
                from = min(from, open)
            }
            writer.gaps.reopen(refusal.series, after: from, .overflow)
        }
        refusals.removeAll()
    }

    /// The disk has lost ticks: the buffer has put their gaps in their place.
    func noteUnreadable(_ buffer: DiskBuffer) {
        context.log.error(
            "ticks could not be read back", ["count": buffer.unreadable - unreadable, "reason": buffer.problem ?? ""])
        lost += buffer.unreadable - unreadable
        unreadable = buffer.unreadable
    }
}
