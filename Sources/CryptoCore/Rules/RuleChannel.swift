/// Records of one kind, of some models where they are of models: what rules see of a series.
struct RuleChannel: BitwiseCopyable, Sendable {
    let kind: RecordKind
    /// Where the values of its newest record begin among those of its series.
    let firstSlot: Int
    /// How many they are: the fields of the kind that any rule names.
    let columns: Int
    /// Which of its series' histories it has; nil where its newest record is enough, and that comes with each look.
    let history: Int?
    /// How far back the history reaches from its newest record. *Units*: ms.
    let keepMs: Int64
    /// Records that the history has at most.
    let maximumRecords: Int
    /// Says which records and which fields it is of; the same in every run.
    let identity: UInt64

    var endOfSlots: Int { firstSlot + columns }
}

/// What all rules ask of a channel, before it has a place.
struct ChannelNeeds {
    let kind: RecordKind
    let model: Glob
    /// The longest range. *Units*: ms.
    private(set) var rangeMs: Int64 = 0
    /// Whether records of another channel look at it.
    private(set) var isJoined = false
    /// Whether somebody asks how old its newest record is.
    private(set) var isWatched = false

    init(kind: RecordKind, model: Glob) { (self.kind, self.model) = (kind, model) }

    mutating func add(_ expression: RuleExpression) {
        switch expression {
        case .range(_, let field, let ms) where field.kind == kind: rangeMs = max(rangeMs, ms)
        case .absent(kind, _): isWatched = true
        default: expression.parts.forEach { add($0) }
        }
    }

    mutating func join() { isJoined = true }

    /// - Parameters:
    ///   - fields: those that are read of the kind.
    ///   - firstSlot: its place among its series' values.
    ///   - historyIndex: of the next history.
    func channel(fields: [RuleField], firstSlot: Int, historyIndex: inout Int) -> RuleChannel {
        let needsHistory = rangeMs > 0 || isJoined || isWatched
        defer { if needsHistory { historyIndex += 1 } }
        var hash = FNV1a()
        for text in [kind.description, model.description] + fields.map(\.description) {
            hash.add(text.utf8)
            hash.add(0xFF)
        }
        let records = rangeMs > 0 ? RuleLimits.records : isJoined ? RuleLimits.joinRecords : 1
        return RuleChannel(
            kind: kind, firstSlot: firstSlot, columns: fields.count,
            history: needsHistory ? historyIndex : nil, keepMs: rangeMs + (isJoined ? RuleLimits.joinMs : 0),
            maximumRecords: records, identity: hash.value)
    }
}
