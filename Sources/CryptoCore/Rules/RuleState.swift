/// How long a rule waits before it fires, and before it is resolved. *Units*: ms.
package struct RulePatience: Equatable, BitwiseCopyable, Sendable {
    /// How long the expression must hold before the rule fires.
    package let forMs: Int64
    /// How long a rule fires on after the expression ceased to hold.
    package let keepFiringForMs: Int64
}

/// Where one rule stands for one series.
///
///     inactive ──holds──▶ pending ──held for `for`──▶ firing ──not held for `keep_firing_for`──▶ inactive
///         ◀──does not hold──┘                           └──holds again: as if it had never ceased──┘
///
/// An answer that is unknown changes nothing. Times are those of the looks, made not to go back within one alert. A rule that was resolved
/// fires at a later time, never at the same one, so that each change of an alert has a time of its own.
struct RuleState: Equatable, BitwiseCopyable, Sendable {
    enum Phase: UInt8, BitwiseCopyable { case inactive, pending, firing }

    /// No time.
    static let never = Int64.min

    private(set) var phase = Phase.inactive
    /// Since when the condition holds; while inactive it means nothing. *Units*: ms.
    private(set) var since = RuleState.never
    /// While firing: since when the condition does not hold; `never` where it does.
    private(set) var clearSince = RuleState.never
    /// When it last fired or was resolved.
    private(set) var changedAt = RuleState.never
    var crossings = Crossings()

    /// What a look made of it.
    enum Change: Equatable {
        case none
        /// Something that no reader of alerts sees.
        case quiet
        case fired(asOf: Int64)
        case resolved(since: Int64, asOf: Int64)
    }

    init() {}

    /// Takes the answer of a look.
    /// - Parameter holds: 1, 0, or NaN where it is unknown.
    mutating func look(_ holds: Double, at time: Int64, _ patience: RulePatience) -> Change {
        if holds == 1 { return hold(time, patience) }
        if holds == 0 { return clear(time, patience) }
        return .none
    }

    private mutating func hold(_ time: Int64, _ patience: RulePatience) -> Change {
        switch phase {
        case .firing:
            if clearSince == RuleState.never { return .none }
            clearSince = RuleState.never
            return .quiet
        case .inactive:
            if time <= changedAt { return .none }
            phase = .pending
            since = time
            return patience.forMs > 0 ? .quiet : fire(time)
        case .pending:
            return time &- since >= patience.forMs ? fire(time) : .none
        }
    }

    private mutating func fire(_ time: Int64) -> Change {
        phase = .firing
        clearSince = RuleState.never
        changedAt = max(time, since)
        return .fired(asOf: changedAt)
    }

    private mutating func clear(_ time: Int64, _ patience: RulePatience) -> Change {
        switch phase {
        case .inactive: return .none
        case .pending:
            phase = .inactive
            return .quiet
        case .firing:
            let isFirst = clearSince == RuleState.never
            if isFirst { clearSince = time }
            if time &- clearSince < patience.keepFiringForMs { return isFirst ? .quiet : .none }
            return resolve(time)
        }
    }

    private mutating func resolve(_ time: Int64) -> Change {
        phase = .inactive
        clearSince = RuleState.never
        changedAt = max(time, changedAt)
        return .resolved(since: since, asOf: changedAt)
    }
}

extension RuleState {
    /// The version of what `encode` writes.
    static let version: Int64 = 1

    /// Whether it says no more than a new one.
    var isBlank: Bool { phase == .inactive && changedAt == RuleState.never && crossings == Crossings() }

    /// *Shape*: six words of eight bytes.
    func encode(into writer: inout ChangelogWriter) {
        writer.put(RuleState.version)
        writer.put(Int64(phase.rawValue))
        writer.put(since)
        writer.put(clearSince)
        writer.put(changedAt)
        writer.put(crossings.bits)
    }

    /// Reads what `encode` wrote behind the version.
    init(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        guard let phase = Phase(rawValue: UInt8(truncatingIfNeeded: try reader.integer())) else {
            throw ChangelogReader.Malformed()
        }
        self.phase = phase
        since = try reader.timeOrNever()
        clearSince = try reader.timeOrNever()
        changedAt = try reader.timeOrNever()
        crossings = Crossings(bits: try reader.word())
        if phase != .inactive, since == RuleState.never { throw ChangelogReader.Malformed() }
        if phase == .firing, changedAt < since { throw ChangelogReader.Malformed() }
    }
}
