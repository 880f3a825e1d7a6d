/// The values that a program runs with, each checked against its flag.
///
/// Asking for a name the specification does not have, or for another kind than the flag's, is a bug and traps.
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

    let spec: CommandSpec
    private var values: [String: (value: Value, source: Source)] = [:]

    init(spec: CommandSpec) { self.spec = spec }

    mutating func set(_ name: String, to value: Value, from source: Source) { values[name] = (value, source) }

    /// Where the value came from.
    package func source(of name: String) -> Source { stored(name)?.source ?? .builtIn }

    /// Whether there is a value, be it the default.
    package func has(_ name: String) -> Bool { stored(name) != nil }

    /// A text, a choice of one, or an address as text.
    package func text(_ name: String) -> String { needed(optionalText(name), name) }

    /// A text that may be absent.
    package func optionalText(_ name: String) -> String? {
        switch stored(name)?.value {
        case nil: nil
        case .text(let text): text
        case .hostPort(let address): address.description
        default: wrongKind(name)
        }
    }

    /// A whole number.
    package func integer(_ name: String) -> Int { needed(optionalInteger(name), name) }

    /// A whole number that may be absent.
    package func optionalInteger(_ name: String) -> Int? {
        switch stored(name)?.value {
        case nil: nil
        case .integer(let number): Int(number)
        default: wrongKind(name)
        }
    }

    /// A duration. *Units*: milliseconds.
    package func durationMs(_ name: String) -> Int64 { needed(optionalDurationMs(name), name) }

    /// A duration that may be absent. *Units*: milliseconds.
    package func optionalDurationMs(_ name: String) -> Int64? {
        switch stored(name)?.value {
        case nil: nil
        case .milliseconds(let ms): ms
        default: wrongKind(name)
        }
    }

    /// A duration.
    package func duration(_ name: String) -> Duration { .milliseconds(durationMs(name)) }

    /// An amount of memory or disk. *Units*: bytes.
    package func bytes(_ name: String) -> Int64 {
        switch stored(name)?.value {
        case .bytes(let bytes): bytes
        case nil: needed(nil, name)
        default: wrongKind(name)
        }
    }

    /// The words of a list or of a choice of several; empty when nobody gave any.
    package func list(_ name: String) -> [String] {
        switch stored(name)?.value {
        case nil: []
        case .list(let words): words
        default: wrongKind(name)
        }
    }

    /// The pairs of a `key=value` flag, each key once; empty when nobody gave any.
    package func keyValues(_ name: String) -> [KeyValue] {
        switch stored(name)?.value {
        case nil: []
        case .keyValues(let pairs): pairs
        default: wrongKind(name)
        }
    }

    /// Whether a toggle is on; off when nobody said.
    package func isOn(_ name: String) -> Bool {
        switch stored(name)?.value {
        case nil: false
        case .toggle(let isOn): isOn
        default: wrongKind(name)
        }
    }

    /// An address to listen on.
    package func hostPort(_ name: String) -> HostPort {
        switch stored(name)?.value {
        case .hostPort(let address): address
        case nil: needed(nil, name)
        default: wrongKind(name)
        }
    }

    /// The same settings with one of them replaced, written as on the command line; for a program that runs several
    /// services and knows better than its user, such as where the embedded broker listens.
    package func replacing(_ name: String, with words: [String]) -> Settings {
        guard let flag = spec.flag(named: name) else { unknown(name) }
        var copy = self
        switch ValueParser.parse(flag, words: words) {
        case .success(let value): copy.set(name, to: value, from: source(of: name))
        case .failure(let problem): preconditionFailure("--\(name) \(problem.value): \(problem.reason)")
        }
        return copy
    }

    private func stored(_ name: String) -> (value: Value, source: Source)? {
        if let found = values[name] { return found }
        if spec.flag(named: name) == nil { unknown(name) }
        return nil
    }

    private func needed<T>(_ value: T?, _ name: String) -> T {
        guard let value else {
            preconditionFailure("--\(name) of \(spec.name) has no default: use the optional getter")
        }
        return value
    }

    private func unknown(_ name: String) -> Never { preconditionFailure("\(spec.name) has no flag --\(name)") }

    private func wrongKind(_ name: String) -> Never {
        preconditionFailure("--\(name) of \(spec.name) was asked for as another kind than it has")
    }
}
