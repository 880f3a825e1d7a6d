/// The rules of a file, compiled: which records they see, and what is computed of them.
package final class RuleSet: Sendable {
    /// One rule's expression as instructions: ranges of `RuleSet.code`.
    struct Program: Sendable {
        let condition: Range<Int32>
        /// What stands left of the first comparison; empty where there is none.
        let value: Range<Int32>
        /// The channels that it names: a range of `RuleSet.channelLists`.
        let channels: Range<Int32>
        let usesClock: Bool
        let patience: RulePatience
    }

    package let rules: [AlertRule]
    let channels: ContiguousArray<RuleChannel>
    /// The models whose records each channel is of.
    let models: ContiguousArray<Glob>
    /// The channels of each kind, by the kinds' numbers.
    let channelsOfKind: [[Int]]
    /// The fields of each kind that any rule names, in the record's order: the columns of a row.
    let columnsOfKind: [[RuleColumn]]
    let programs: ContiguousArray<Program>
    let code: ContiguousArray<Instruction>
    let ranges: ContiguousArray<RangeUse>
    let absences: ContiguousArray<AbsentUse>
    let crosses: ContiguousArray<CrossUse>
    let channelLists: ContiguousArray<Int32>
    /// Values that a series keeps: those of all channels' newest records.
    let slotCount: Int
    /// Histories that a series keeps.
    let historyCount: Int
    /// The most that a program leaves on the stack.
    let stackDepth: Int

    /// - Precondition: the rules are those of a file: each expression is of type truth.
    package init(_ rules: [AlertRule]) {
        var compiler = RuleCompiler(rules)
        for rule in rules { compiler.add(rule) }
        self.rules = rules
        channels = compiler.channels
        models = compiler.models
        channelsOfKind = RecordKind.allCases.map { kind in
            compiler.channels.indices.filter { compiler.channels[$0].kind == kind }
        }
        columnsOfKind = compiler.fieldsOfKind.map { $0.map { RuleColumn($0) } }
        programs = compiler.programs
        code = compiler.code
        ranges = compiler.ranges
        absences = compiler.absences
        crosses = compiler.crosses
        channelLists = compiler.channelLists
        slotCount = compiler.channels.last?.endOfSlots ?? 0
        historyCount = compiler.channels.count { $0.history != nil }
        stackDepth = compiler.deepest
    }

    /// The kinds of records that the rules look at: what a service has to read.
    package var kinds: Set<RecordKind> { Set(channels.map(\.kind)) }

    /// A number for each kind: those that some rule names together, or that rules join by way of others, have the same. Kinds of different
    /// numbers may come in any order: no answer depends on it.
    package func groups(of kinds: [RecordKind]) -> [Int] {
        var groups = Array(kinds.indices)
        for program in programs {
            let named = Set(
                channelLists[Int(program.channels.lowerBound)..<Int(program.channels.upperBound)].map {
                    channels[Int($0)].kind
                })
            let joined = Set(kinds.indices.filter { named.contains(kinds[$0]) }.map { groups[$0] })
            guard let first = joined.min() else { continue }
            groups = groups.map { joined.contains($0) ? first : $0 }
        }
        return groups
    }
}
