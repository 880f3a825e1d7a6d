internal import CryptoCore

/// The silences that there are, whether they have begun, last or are over, and those that were replaced or taken away.
///
/// A record ends the silence of its id that was there before it, at the time of the record: until then that one held back what it
/// matched. A notifier that was stopped meanwhile needs to know, since what was held back is still to be told.
struct Silences: Equatable, Sendable {
    private struct Entry: Equatable {
        var silence: Silence
        var matchers: LabelMatchers

        func holdsBack(_ labels: [String: String], after ms: Int64) -> Bool {
            silence.until > ms && matchers.match(labels)
        }
    }

    /// What has ended is kept for so long; Alertmanager's `data.retention`. *Units*: ms.
    static let keptMs: Int64 = 120 * 3_600_000

    private var newest: [String: Entry] = [:]
    /// Those that were replaced or taken away while they lasted; each is over when that happened.
    private var past: [Entry] = []

    /// The newest of each id, in the order of their ids.
    var list: [Silence] { newest.values.map(\.silence).sorted { $0.id < $1.id } }

    /// Those that last or are still to begin, in the order in which they begin.
    func current(at ms: Int64) -> [Silence] {
        list.filter { $0.until > ms }.sorted { ($0.from, $0.id) < ($1.from, $1.id) }
    }

    /// Takes a record of `crypto.silences`.
    /// - Parameters:
    ///   - silence: nil takes the one of that id away.
    ///   - ms: when the record was written: what it replaces was in force until then. `.min`: as if that had never been.
    /// - Throws: `LabelMatcherError`; the one of that id is as before then.
    mutating func put(_ id: String, _ silence: Silence?, at ms: Int64 = .min) throws(LabelMatcherError) {
        var entry: Entry?
        if let silence { entry = Entry(silence: silence, matchers: try LabelMatchers(silence.matchers)) }
        if var old = newest[id], old != entry {
            old.silence.until = min(old.silence.until, ms)
            if old.silence.from < old.silence.until { past.append(old) }
        }
        newest[id] = entry
        if ms > .min + Silences.keptMs { past.removeAll { $0.silence.until < ms - Silences.keptMs } }
    }

    /// What ends a silence at this time; nil where none of this id lasts or is to begin.
    ///
    /// One that lasts gets an end: a record without a value would let nobody know later what it has held back. One that has not
    /// begun is taken away.
    func ending(_ id: String, at ms: Int64) -> SilenceChange? {
        guard var silence = newest[id]?.silence, silence.until > ms else { return nil }
        guard silence.from < ms else { return SilenceChange(without: id) }
        silence.until = ms
        return SilenceChange(silence)
    }

    /// Until when an alert with these labels is silenced without a break from `ms` on; nil where it is not silenced then.
    ///
    /// *Complexity*: silences², which are few.
    func end(for labels: [String: String], at ms: Int64) -> Int64? {
        let own = (newest.values + past).filter { $0.holdsBack(labels, after: ms) }.map(\.silence)
        var end = ms
        while let next = own.first(where: { $0.from <= end && $0.until > end }) { end = next.until }
        return end > ms ? end : nil
    }
}
