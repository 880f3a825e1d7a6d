/// The values that a program runs with, each checked against its flag: `settings[flag]`.
package struct Settings: Sendable {
    /// Where a value came from, strongest first.
    package enum Source: Sendable, Equatable {
        /// The command line.
        case flag
        /// A `CRYPTO_` variable.
        case environment
        /// The configuration file.
        case file
        /// The flag's default, or nothing at all.
        case builtIn
    }

    enum Value: Sendable, Equatable {
        case text(String)
        case integer(Int64)
        case milliseconds(Int64)
        case bytes(Int64)
        case list([String])
        case keyValues([KeyValue])
        case toggle(Bool)
        case hostPort(HostPort)
    }

    /// One pair of a repeatable `key=value` flag.
    package struct KeyValue: Sendable, Equatable {
        /// What stands before the first `=`.
        package let key: String
        /// What stands after it; may be empty.
        package let value: String

        /// Puts the two together.
        package init(key: String, value: String) {
            self.key = key
            self.value = value
        }
    }

    /// In the order of the help.
    private let flags: [FlagSpec]
    private var values: [String: (value: Value, source: Source)] = [:]

    init(flags: [FlagSpec]) { self.flags = flags }

    mutating func set(_ name: String, to value: Value, from source: Source) { values[name] = (value, source) }

    /// What the flag is worth. A flag that the program does not take is worth its default.
    package subscript<Value>(flag: Flag<Value>) -> Value { flag.value(of: values[flag.spec.name]?.value) }

    /// Where the value came from.
    package func source(of flag: some AnyFlag) -> Source { values[flag.spec.name]?.source ?? .builtIn }

    /// Gives a flag, which the program must take, a value that follows from others, written as on the command line; it still counts
    /// as coming from where it came from.
    package mutating func settle(_ flag: some AnyFlag, to text: String) {
        guard let taken = flags.first(where: { $0.name == flag.spec.name }) else {
            preconditionFailure("the program has no flag --\(flag.spec.name)")
        }
        set(taken.name, to: taken.parsed(ValueParser.words(taken, inText: text)), from: source(of: flag))
    }

    /// Each flag that has a value, with it, in the order of the help.
    var all: [(flag: FlagSpec, value: Value)] {
        flags.compactMap { flag in values[flag.name].map { (flag, $0.value) } }
    }

    static func wrongKind() -> Never { preconditionFailure("two flags of one name take different values") }
}

extension FlagSpec {
    /// The value of a text of ours.
    func parsed(_ words: [String]) -> Settings.Value {
        switch ValueParser.parse(self, words: words) {
        case .success(let value): return value
        case .failure(let problem): preconditionFailure("--\(name) \(problem.value): \(problem.reason)")
        }
    }
}
