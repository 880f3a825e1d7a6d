/// The rules that look at one subject, or at many alike: what a record of each channel makes them look at.
struct SubjectRules: Sendable {
    /// A rule that looks, and which of its subject's states is its own.
    struct Look: BitwiseCopyable, Sendable {
        let rule: Int32
        let state: Int32
    }

    /// The rules, in the file's order: each has a state of the subject.
    let rules: [Int32]
    /// *Shape*: channels.
    let looks: [[Look]]
    /// Those that look at the clock.
    let clockLooks: [Look]

    init(_ rules: [Int32], of set: RuleSet) {
        self.rules = rules
        let all = rules.enumerated().map { Look(rule: $1, state: Int32($0)) }
        looks = set.channels.indices.map { channel in
            all.filter { look in
                let program = set.programs[Int(look.rule)]
                return set.channelLists[Int(program.channels.lowerBound)..<Int(program.channels.upperBound)].contains(
                    Int32(channel))
            }
        }
        clockLooks = all.filter { set.programs[Int($0.rule)].usesClock }
    }
}
