/// Records of one kind: what rules see of a subject.
struct RuleChannel: BitwiseCopyable, Sendable {
    let kind: RecordKind
    /// Where the values of its newest record begin among those of its subject.
    let firstSlot: Int
    /// How many they are: the fields of the kind that any rule names.
    let columns: Int
    /// Which of its subject's histories it has; nil where its newest record is enough, and that comes with each look.
    let history: Int?
    /// How far back the history reaches from its newest record. *Units*: ms.
    let keepMs: Int64
    /// Records that the history has at most.
    let maximumRecords: Int
    /// Says which records it is of; the same in every run.
    let identity: UInt64

    var endOfSlots: Int { firstSlot + columns }

    /// What one record of the history takes. *Units*: bytes.
    var recordBytes: Int { 8 * (1 + columns) }

    /// Records that the history is expected to have at most: as many as may be, where nobody paces them.
    var usualRecords: Int {
        kind.isPaced ? min(maximumRecords, Int(keepMs * kind.usualPerMinute / 60_000) + 2) : maximumRecords
    }
}

/// What all rules ask of a channel, before it has a place.
struct ChannelNeeds {
    let kind: RecordKind
    /// The longest range. *Units*: ms.
    private(set) var rangeMs: Int64 = 0
    /// Whether records of another channel look at it.
    private(set) var isJoined = false
    /// Whether the clock's looks, at which no record comes, see a field of it.
    private(set) var isSeenByClock = false

    init(kind: RecordKind) { self.kind = kind }

    mutating func add(_ rule: AlertRule) {
        addRanges(of: rule.expression)
        if rule.usesClock {
            if rule.expression.names(kind) { isSeenByClock = true }
        } else if rule.expression.kinds.count > 1 {
            isJoined = true
        }
    }

    private mutating func addRanges(of expression: RuleExpression) {
        switch expression {
        case .range(_, let field, let ms) where field.kind == kind: rangeMs = max(rangeMs, ms)
        default: expression.parts.forEach { addRanges(of: $0) }
        }
    }

    /// - Parameters:
    ///   - columns: how many fields are read of the kind.
    ///   - firstSlot: its place among its subject's values.
    ///   - historyIndex: of the next history.
    func channel(columns: Int, firstSlot: Int, historyIndex: inout Int) -> RuleChannel {
        let needsHistory = rangeMs > 0 || isJoined || isSeenByClock
        defer { if needsHistory { historyIndex += 1 } }
        var hash = FNV1a()
        hash.add(kind.description.utf8)
        let records = rangeMs > 0 ? RuleLimits.records : isJoined ? RuleLimits.joinRecords : 1
        return RuleChannel(
            kind: kind, firstSlot: firstSlot, columns: columns, history: needsHistory ? historyIndex : nil,
            keepMs: rangeMs + (isJoined ? RuleLimits.joinMs : 0), maximumRecords: records, identity: hash.value)
    }
}

extension RuleExpression {
    /// Whether a field of a kind stands in it.
    fileprivate func names(_ kind: RecordKind) -> Bool {
        switch self {
        case .field(let field), .range(_, let field, _): field.kind == kind
        default: parts.contains { $0.names(kind) }
        }
    }
}
