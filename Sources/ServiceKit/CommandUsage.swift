/// What a program is and takes, as its help says; `--help`, `--version` and `--print-config` are always there, `--health` in a
/// service.
package struct CommandUsage: Sendable {
    /// The program's name: `producer`.
    package let name: String
    /// What it does, one line.
    package let summary: String
    /// Its flags, in the order of the help; add `CommonFlags.all(httpPort:)` for a service.
    package let flags: [FlagSpec]
    /// Words that may come first, for what is done instead of running.
    let verbs: [CommandVerb]
    /// Command lines that work as written.
    package let examples: [String]

    /// Describes a program.
    package init(
        name: String, summary: String, flags: [any AnyFlag], verbs: [CommandVerb] = [], examples: [String] = []
    ) {
        self.name = name
        self.summary = summary
        self.flags = flags.map(\.spec)
        self.verbs = verbs
        self.examples = examples
        precondition(Set(self.flags.map(\.name)).count == flags.count, "two flags of \(name) have the same name")
    }

    /// The configuration file that is read when `--config` names none and it exists.
    package var defaultConfigPath: String { "config/\(name).json" }

    /// Whether it answers `/health` somewhere.
    var isService: Bool { takes(CommonFlags.http) }

    /// Whether it takes a flag.
    func takes(_ flag: some AnyFlag) -> Bool { flags.contains { $0.name == flag.spec.name } }
}

/// A first word behind the program's name, such as `test` of `alerter test RULES FILE`: the words behind it are the values of flags.
package struct CommandVerb: Sendable {
    let name: String
    /// What the help calls each word, and the name of the flag that it is the value of.
    let words: [(name: String, flag: String)]

    /// - Parameter gives: one or more flags of one word each.
    package init(_ name: String, gives words: [(name: String, flag: any AnyFlag)]) {
        self.name = name
        self.words = words.map { ($0.name, $0.flag.spec.name) }
    }

    /// As the help shows it: `test RULES FILE`.
    var form: String { ([name] + words.map(\.name)).joined(separator: " ") }
}

/// The version that `--version` prints.
package enum Version {
    /// Major, minor, patch.
    package static let text = "0.1.0"
}
