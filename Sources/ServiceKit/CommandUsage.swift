/// What a program is and takes, as its help says; `--help`, `--version` and `--print-config` are always there, `--health` in a
/// service.
package struct CommandUsage: Sendable {
    /// The program's name: `producer`.
    package let name: String
    /// What it does, one line.
    package let summary: String
    /// Its flags, in the order of the help; add `CommonFlags.all(httpPort:)` for a service.
    package let flags: [FlagSpec]
    /// Command lines that work as written.
    package let examples: [String]

    /// Describes a program.
    package init(name: String, summary: String, flags: [any AnyFlag], examples: [String] = []) {
        self.name = name
        self.summary = summary
        self.flags = flags.map(\.spec)
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

/// The version that `--version` prints.
package enum Version {
    /// Major, minor, patch.
    package static let text = "0.1.0"
}
