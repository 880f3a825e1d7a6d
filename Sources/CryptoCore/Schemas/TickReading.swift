/// A record of the ticks' topic as a tick, or why it is none.
package enum TickReading {
    case tick(TickView)
    /// What is wrong, for a person.
    case malformed(String)

    /// Reads a record in the general way.
    /// - Parameters:
    ///   - appendTime: when the broker wrote it to its log (ms); nil where its time is not the broker's.
    ///   - isKnown: whether a series with this key was checked before.
    package init(_ key: RawSpan, _ value: RawSpan, appendTime: Int64?, isKnown: Bool) {
        do {
            let tick = try TickView(reading: value)
            try tick.check(appendTime: appendTime)
            let isKey = tick.hasKey(key, in: value)
            if !isKnown || !isKey { try tick.checkSeries(value) }
            self = isKey ? .tick(tick) : .malformed("the key is not the record's series")
        } catch {
            self = .malformed(error.description)
        }
    }
}
