internal import CryptoCore

/// When which alerts are told to one receiver: the core of a notifier, without I/O.
///
/// What it knows of an alert is its newest change and whether the receiver has been told that it fires. The life of a change:
///
///     take ─┬▶ send ─────▶ told, or refused ─┬▶ (firing) due again at its arrival + k · repeat ─▶ send …
///           ├▶ silenced ─▶ due ───────────────┤  as soon as it is silenced no more
///           ├▶ stale ─────────────────────────┘  (resolved) forgotten
///           └▶ untold: a resolve of what nobody was told of; forgotten
///
/// Stale is what was old already when somebody could first have told it; a change that only waits for its receiver does not become
/// so, and neither does the end of an alert that was told.
///
/// Two kinds of receivers: people are told once of a change (`.message`), and Alertmanager, which forgets at its restart and has
/// repeats of its own, is told every minute what fires (`.refresh`).
///
/// Nothing is stored: after a restart `restore` takes the records that were done with before. They were told, as far as anybody can
/// know. Only those that were silenced when they came, and until shortly before, may not have been, and are due once more.
/// *Units*: ms since the epoch; the clock of an argument that goes back is taken to stand.
struct NotificationSchedule: Sendable {
    enum Manner: Equatable, Sendable {
        /// A firing alert is repeated `repeatMs` after its arrival, and so on; 0: never. What is older than `staleMs` when it could
        /// first be told is not told.
        case message(repeatMs: Int64, staleMs: Int64)
        /// A firing alert is told at every multiple of `everyMs`, a resolved one until `resolvedMs` after its arrival.
        case refresh(everyMs: Int64, resolvedMs: Int64)
    }

    /// What becomes of a change.
    enum Verdict: Equatable, Sendable {
        /// It is to be sent now, and `note` told how that went.
        case send
        /// It is told when it is silenced no more.
        case silenced
        /// It is too old.
        case stale
        /// It resolves what the receiver was never told of.
        case untold
    }

    private struct Entry {
        var change: AlertChange
        /// Whether the receiver takes the alert for firing.
        var isOpen: Bool
        /// When it is to be told next; `.max` while it is being sent, and for what is not told again.
        var dueMs: Int64
        /// When to look at it: that, or the end of the silence that holds it back.
        var lookMs: Int64

        init(_ change: AlertChange, isOpen: Bool, dueMs: Int64) {
            self.change = change
            self.isOpen = isOpen
            self.dueMs = dueMs
            lookMs = dueMs
        }
    }

    private let manner: Manner
    private var entries: [String: Entry] = [:]
    /// No entry is to be looked at before. *Units*: ms.
    private var nextLookMs = Int64.max
    private var clockMs = Int64.min

    /// Who is silenced; what is held back is looked at again when it changes.
    var silences = Silences() {
        didSet {
            guard silences != oldValue else { return }
            entries = entries.mapValues { entry in
                var entry = entry
                entry.lookMs = entry.dueMs
                return entry
            }
            nextLookMs = entries.values.map(\.lookMs).min() ?? .max
        }
    }

    init(_ manner: Manner) { self.manner = manner }

    /// Alerts that it remembers: those that fire, and resolved ones that are still to be told.
    var count: Int { entries.count }

    // MARK: Changes

    /// Takes a record that was done with before this start, in the order of the log.
    mutating func restore(_ change: AlertChange, at nowMs: Int64) {
        let now = advance(to: nowMs)
        let isOpen = entries[change.fingerprint]?.isOpen ?? !change.isFiring
        guard case .message(_, let staleMs) = manner else {
            return keep(Entry(change, isOpen: true, dueMs: isOver(change, at: now) ? .max : now))
        }
        var entry = Entry(change, isOpen: change.isFiring || isOpen, dueMs: nextRepeat(of: change, after: now))
        let end = silences.end(for: change.alert.notificationLabels, at: change.appendMs)
        if let end, end > now - staleMs, isOpen || change.isFiring {
            entry.dueMs = end
            entry.isOpen = isOpen || end <= now
        }
        entry.lookMs = entry.dueMs
        keep(entry)
    }

    /// Takes a new record, in the order of the log.
    /// - Parameter firstMs: when it could first have been told; nil: now.
    mutating func take(_ change: AlertChange, firstChance firstMs: Int64? = nil, at nowMs: Int64) -> Verdict {
        let now = advance(to: nowMs)
        let isOpen = entries[change.fingerprint]?.isOpen ?? false
        if isStale(change, isOpen: isOpen, firstChance: firstMs ?? now, at: now) {
            keep(Entry(change, isOpen: isOpen, dueMs: nextRepeat(of: change, after: now)))
            return .stale
        }
        if case .message = manner, !change.isFiring, !isOpen {
            entries[change.fingerprint] = nil
            return .untold
        }
        keep(Entry(change, isOpen: isOpen, dueMs: now))
        return holdsBack(change, at: now) ? .silenced : .send
    }

    // MARK: Sending

    /// Whether a change that `take` or `due` gave to be sent is silenced meanwhile; it is due when that is over, then.
    mutating func holdsBack(_ change: AlertChange, at nowMs: Int64) -> Bool {
        let now = advance(to: nowMs)
        guard var entry = entries[change.fingerprint], entry.change.offset == change.offset else { return false }
        let end = silences.end(for: change.alert.notificationLabels, at: now)
        entry.dueMs = end == nil ? .max : min(entry.dueMs, now)
        entry.lookMs = end ?? .max
        keep(entry, isInHand: true)
        return end != nil
    }

    /// What is due again or no longer silenced, the longest due first and at most `limit`; each is to be sent now.
    /// - Returns: beside these, how many are due and silenced, each counted once for a silence.
    mutating func due(at nowMs: Int64, limit: Int) -> (changes: [AlertChange], silenced: Int) {
        let now = advance(to: nowMs)
        guard nextLookMs <= now, limit > 0 else { return ([], 0) }
        let ready = entries.values.filter { $0.lookMs <= now }
            .sorted { ($0.dueMs, $0.change.fingerprint) < ($1.dueMs, $1.change.fingerprint) }
        var found: [AlertChange] = []
        var silenced = 0
        for entry in ready where found.count < limit {
            if holdsBack(entry.change, at: now) { silenced += 1 } else { found.append(entry.change) }
        }
        nextLookMs = entries.values.map(\.lookMs).min() ?? .max
        return (found, silenced)
    }

    /// Takes note of what became of a change that was to be sent: taken by the receiver, or refused for good.
    mutating func note(_ change: AlertChange, isTaken: Bool, at nowMs: Int64) {
        let now = advance(to: nowMs)
        guard var entry = entries[change.fingerprint], entry.change.offset == change.offset else { return }
        if isTaken { entry.isOpen = change.isFiring }
        entry.dueMs = nextRepeat(of: change, after: now)
        entry.lookMs = entry.dueMs
        keep(entry)
    }

    /// Forgets the alerts of a partition, which is another's now.
    mutating func forget(partition: Int32) {
        entries = entries.filter { $0.value.change.partition != partition }
    }

    // MARK: Parts

    private mutating func advance(to nowMs: Int64) -> Int64 {
        clockMs = max(clockMs, nowMs)
        return clockMs
    }

    /// Remembers an entry, unless it is a resolved one of which nothing will be told any more.
    private mutating func keep(_ entry: Entry, isInHand: Bool = false) {
        let isDone = !entry.change.isFiring && entry.dueMs == .max && !isInHand
        entries[entry.change.fingerprint] = isDone ? nil : entry
        nextLookMs = min(nextLookMs, entry.lookMs)
    }

    private func isStale(_ change: AlertChange, isOpen: Bool, firstChance firstMs: Int64, at now: Int64) -> Bool {
        switch manner {
        case .message(_, let staleMs):
            let isEndOfTold = isOpen && !change.isFiring
            return !isEndOfTold && change.appendMs < firstMs - staleMs
        case .refresh: return isOver(change, at: now)
        }
    }

    /// Whether it is resolved for so long that Alertmanager needs to be told no more; never of what people are told.
    func isOver(_ change: AlertChange, at now: Int64) -> Bool {
        guard case .refresh(_, let resolvedMs) = manner, !change.isFiring else { return false }
        return change.appendMs < now - resolvedMs
    }

    /// When it is to be told again, after this time; `.max`: never.
    private func nextRepeat(of change: AlertChange, after now: Int64) -> Int64 {
        switch manner {
        case .message(let repeatMs, _):
            guard change.isFiring, repeatMs > 0 else { return .max }
            return change.appendMs + (max(0, now - change.appendMs) / repeatMs + 1) * repeatMs
        case .refresh(let everyMs, _):
            // All alerts at the same time, so that one request has many of them.
            let next = (now / everyMs + 1) * everyMs
            return change.isFiring || !isOver(change, at: next) ? next : .max
        }
    }
}
