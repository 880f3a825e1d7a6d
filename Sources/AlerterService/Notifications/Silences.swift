internal import CryptoCore

/// The silences that there are, whether they have begun, last or are over.
struct Silences: Equatable, Sendable {
    private var all: [String: (silence: Silence, matchers: LabelMatchers)] = [:]

    static func == (a: Silences, b: Silences) -> Bool { a.all.mapValues(\.silence) == b.all.mapValues(\.silence) }

    /// Those in the order of their ids.
    var list: [Silence] { all.values.map(\.silence).sorted { $0.id < $1.id } }

    /// Takes a record of `crypto.silences`.
    /// - Parameter silence: nil takes the one of that id away.
    /// - Throws: `LabelMatcherError`; the one of that id is as before then.
    mutating func put(_ id: String, _ silence: Silence?) throws(LabelMatcherError) {
        guard let silence else {
            all[id] = nil
            return
        }
        all[id] = (silence, try LabelMatchers(silence.matchers))
    }

    /// Until when an alert with these labels is silenced without a break from `ms` on; nil where it is not silenced then.
    ///
    /// *Complexity*: silences², which are few.
    func end(for labels: [String: String], at ms: Int64) -> Int64? {
        let own = all.values.filter { $0.silence.until > ms && $0.matchers.match(labels) }.map(\.silence)
        var end = ms
        while let next = own.first(where: { $0.from <= end && $0.until > end }) { end = next.until }
        return end > ms ? end : nil
    }
}
