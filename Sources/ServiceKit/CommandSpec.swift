package import System

/// What a program is and takes; `--help`, `--version` and `--print-config` are always there.
package struct CommandSpec: Sendable {
    /// The program's name: `producer`.
    package let name: String
    /// What it does, one line.
    package let summary: String
    /// Its flags, in the order of the help; add `CommonFlags.all(httpPort:)` for a service.
    package let flags: [Flag]
    /// Command lines that work as written.
    package let examples: [String]
    /// Gives what nobody gave and follows from other settings; nil where nothing does.
    package let settle: (@Sendable (Settings) -> Settings)?
    /// Problems between flags that are each right by themselves, such as `--slide 7s: must divide a minute`.
    package let validate: (@Sendable (Settings) -> [String])?
    /// What to print and end with instead of running; nil when the settings ask nothing of that kind.
    package let answer: (@Sendable (Settings, StopFlag) throws -> String?)?

    /// Describes a program; `settle` and `validate` are asked only when every flag is right by itself, `answer` when nothing is wrong.
    package init(
        name: String, summary: String, flags: [Flag], examples: [String] = [],
        settle: (@Sendable (Settings) -> Settings)? = nil,
        validate: (@Sendable (Settings) -> [String])? = nil,
        answer: (@Sendable (Settings, StopFlag) throws -> String?)? = nil
    ) {
        precondition(Set(flags.map(\.name)).count == flags.count, "two flags of \(name) have the same name")
        self.name = name
        self.summary = summary
        self.flags = flags
        self.examples = examples
        self.settle = settle
        self.validate = validate
        self.answer = answer
    }

    /// The configuration file that is read when `--config` names none and it exists.
    package var defaultConfigPath: String { "config/\(name).json" }

    func flag(named name: String) -> Flag? { flags.first { $0.name == name } }
}

/// The version that `--version` prints.
package enum Version {
    /// Major, minor, patch.
    package static let text = "0.1.0"
}
