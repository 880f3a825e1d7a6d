/// Makes instructions of expressions.
struct RuleCompiler {
    private(set) var channels: ContiguousArray<RuleChannel> = []
    let fieldsOfKind: [[RuleField]]
    private(set) var programs: ContiguousArray<RuleSet.Program> = []
    private(set) var code: ContiguousArray<Instruction> = []
    private(set) var ranges: ContiguousArray<RangeUse> = []
    private var rangeNumbers: [RangeUse: Int32] = [:]
    private(set) var absences: ContiguousArray<AbsentUse> = []
    private(set) var crosses: ContiguousArray<CrossUse> = []
    private(set) var channelLists: ContiguousArray<Int32> = []
    private(set) var deepest = 0
    private var depth = 0
    private var usesClock = false
    private var crossesOfRule = 0

    /// Finds the channels of all rules.
    init(_ rules: [AlertRule]) {
        var fields: Set<RuleField> = []
        var needs: [ChannelNeeds] = []
        for rule in rules {
            rule.expression.addFields(to: &fields)
            let kinds = rule.expression.kinds
            for kind in RecordKind.allCases where kinds.contains(kind) {
                let known = needs.firstIndex { $0.kind == kind }
                if known == nil { needs.append(ChannelNeeds(kind: kind)) }
                needs[known ?? needs.count - 1].add(rule)
            }
        }
        fieldsOfKind = RecordKind.allCases.map { kind in
            fields.filter { $0.kind == kind }.sorted { $0.index < $1.index }
        }
        var histories = 0
        for need in needs {
            channels.append(
                need.channel(
                    columns: fieldsOfKind[Int(need.kind.rawValue)].count, firstSlot: channels.last?.endOfSlots ?? 0,
                    historyIndex: &histories))
        }
    }

    mutating func add(_ rule: AlertRule) {
        usesClock = rule.usesClock
        crossesOfRule = 0
        let start = Int32(code.count)
        put(rule.expression)
        let condition = start..<Int32(code.count)
        depth = 0
        if let left = rule.expression.leftSide { put(left) }
        depth = 0
        programs.append(
            RuleSet.Program(
                condition: condition, value: condition.upperBound..<Int32(code.count),
                channels: list(of: rule.expression), usesClock: rule.usesClock, isOfModels: rule.isOfModels,
                patience: rule.patience))
    }

    private mutating func put(_ expression: RuleExpression) {
        // Where a `crosses` stands in a rule's value it is not put again: a value is a number.
        expression.parts.forEach { put($0) }
        append(instruction(expression), taking: expression.parts.count)
    }

    private mutating func append(_ instruction: Instruction, taking operands: Int) {
        code.append(instruction)
        depth += 1 - operands
        deepest = max(deepest, depth)
    }

    private mutating func instruction(_ expression: RuleExpression) -> Instruction {
        switch expression {
        case .number(let value): return .number(value)
        case .field(let field):
            return .load(Int32(channels[channel(of: field.kind)].firstSlot + column(of: field)))
        case .range(let function, let field, let ms):
            let channel = channels[channel(of: field.kind)]
            let use = RangeUse(
                function: function, history: Int32(channel.history ?? 0), column: Int32(column(of: field)),
                columns: Int32(channel.columns), ms: ms, usesClock: usesClock)
            if let known = rangeNumbers[use] { return .range(known) }
            rangeNumbers[use] = Int32(ranges.count)
            ranges.append(use)
            return .range(Int32(ranges.count - 1))
        case .absent(let kind, let ms):
            absences.append(AbsentUse(channel: Int32(channel(of: kind)), ms: ms))
            return .absent(Int32(absences.count - 1))
        case .crosses:
            crosses.append(CrossUse(position: crossesOfRule, channels: list(of: expression)))
            crossesOfRule += 1
            return .crosses(Int32(crosses.count - 1))
        case .negative: return .negative
        case .arithmetic(let operation, _, _): return .arithmetic(operation)
        case .comparison(let comparison, _, _): return .comparison(comparison)
        case .not: return .not
        case .and: return .and
        case .or: return .or
        }
    }

    /// Where the channels that an expression names stand in `channelLists`.
    private mutating func list(of expression: RuleExpression) -> Range<Int32> {
        let start = Int32(channelLists.count)
        let kinds = expression.kinds
        for kind in RecordKind.allCases where kinds.contains(kind) { channelLists.append(Int32(channel(of: kind))) }
        return start..<Int32(channelLists.count)
    }

    private func channel(of kind: RecordKind) -> Int {
        guard let index = channels.firstIndex(where: { $0.kind == kind }) else {
            preconditionFailure("every kind that a rule names has a channel")
        }
        return index
    }

    /// The place of a field in the rows of its kind.
    private func column(of field: RuleField) -> Int {
        guard let column = fieldsOfKind[Int(field.kind.rawValue)].firstIndex(of: field) else {
            preconditionFailure("every field that a rule names is read")
        }
        return column
    }
}

extension RuleExpression {
    fileprivate func addFields(to fields: inout Set<RuleField>) {
        switch self {
        case .field(let field), .range(_, let field, _): fields.insert(field)
        default: parts.forEach { $0.addFields(to: &fields) }
        }
    }
}
