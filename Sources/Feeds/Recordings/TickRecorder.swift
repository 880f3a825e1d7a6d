internal import CryptoCore

/// Brings the ticks of one feed into a recording, in the order in which they go to Kafka.
///
/// Ticks for which the recorder has no room leave a gap in the recording of their series, before its next tick.
/// *Thread*: that of the feed.
package struct TickRecorder: Sendable {
    /// What is known of a series; event times, *units*: ms since the epoch.
    private struct Track: Sendable {
        /// Of the newest tick that is recorded.
        var recordedMs: Int64?
        /// Of the newest one that was dropped since; nil: none was.
        var droppedMs: Int64?
    }

    private let recorder: Recorder
    /// By the index of the series.
    private var tracks: [Track] = []
    private var lines: [UInt8] = []

    package init(_ recorder: Recorder) { self.recorder = recorder }

    /// Adds the first `count` ticks of a batch. *Units*: `wallMs` ms since the epoch.
    package mutating func add(_ batch: TickBatch, count: Int, _ table: SeriesTable, wallMs: Int64) {
        guard count > 0 else { return }
        let entries = batch.entries.prefix(count)
        while tracks.count < table.count { tracks.append(Track()) }
        lines.removeAll(keepingCapacity: true)
        var ended: Set<SeriesID> = []
        for entry in entries {
            if tracks[Int(entry.series.index)].droppedMs != nil, ended.insert(entry.series).inserted {
                addGap(entry.series, until: entry.eventTime, table, wallMs)
            }
            batch.withBytes(of: entry) { json in json.withUnsafeBytes { lines.append(contentsOf: $0) } }
            lines.append(0x0A)
        }
        let isRecorded = recorder.went(out: lines, count: count + ended.count)
        for entry in entries { note(entry, isRecorded) }
    }

    /// No more ticks come: what was dropped last leaves its gap, too. *Units*: `wallMs` ms since the epoch.
    package mutating func end(_ table: SeriesTable, wallMs: Int64) {
        lines.removeAll(keepingCapacity: true)
        var count = 0
        for (index, track) in tracks.enumerated() {
            guard let droppedMs = track.droppedMs else { continue }
            addGap(SeriesID(index: Int32(index)), until: droppedMs + 1, table, wallMs)
            count += 1
        }
        if count > 0 { _ = recorder.went(out: lines, count: count) }
    }

    // MARK: Parts

    private mutating func note(_ entry: TickBatch.Entry, _ isRecorded: Bool) {
        let index = Int(entry.series.index)
        if isRecorded {
            tracks[index].recordedMs = max(tracks[index].recordedMs ?? .min, entry.eventTime)
            tracks[index].droppedMs = nil
        } else {
            tracks[index].droppedMs = max(tracks[index].droppedMs ?? .min, entry.eventTime)
        }
    }

    private mutating func addGap(_ id: SeriesID, until eventTime: Int64, _ table: SeriesTable, _ wallMs: Int64) {
        let track = tracks[Int(id.index)]
        // Where nothing is recorded, the minute that the first tick lies in is not whole.
        let from = track.recordedMs ?? UTCTime.startOfMinute(eventTime)
        let to = max(eventTime, track.droppedMs.map { $0 + 1 } ?? eventTime, from + 1)
        let gap = Tick.Gap(from: from, to: to, reason: GapReason.unrecorded.rawValue)
        let tick = Tick(series: table[id], kind: .gap(gap), eventTime: to, ingestTime: max(wallMs, to - 1_000))
        lines += tick.encoded()
        lines.append(0x0A)
    }
}
