extension Flag where Value == String {
    /// One word that is not empty.
    package static func text(
        _ name: String, value: String? = nil, default text: String, help: String,
        check: (@Sendable (String) -> String?)? = nil
    ) -> Flag {
        Flag(FlagSpec(name, .text, value: value, default: text, help: help, check: check)) { $0.needed.text }
    }
}

extension Flag where Value == String? {
    /// One word that is not empty; nil when nobody gives one.
    package static func text(
        _ name: String, value: String? = nil, help: String, check: (@Sendable (String) -> String?)? = nil
    ) -> Flag {
        Flag(FlagSpec(name, .text, value: value, default: nil, help: help, check: check)) { $0?.text }
    }
}

extension Flag where Value == Int {
    /// A whole number in the range.
    package static func integer(
        _ name: String, _ range: ClosedRange<Int>, value: String? = nil, default number: Int, help: String
    ) -> Flag {
        let spec = FlagSpec(
            name, .integer(range.wide), value: value, default: "\(number)", help: help, check: nil)
        return Flag(spec) { Int($0.needed.integer) }
    }
}

extension Flag where Value == Int? {
    /// A whole number in the range; nil when nobody gives one.
    package static func integer(
        _ name: String, _ range: ClosedRange<Int>, value: String? = nil, help: String
    ) -> Flag {
        Flag(FlagSpec(name, .integer(range.wide), value: value, default: nil, help: help, check: nil)) { stored in
            stored.map { Int($0.integer) }
        }
    }
}

extension Flag where Value == Int64 {
    /// A length of time. *Units*: milliseconds. `orZero`: 0 is taken too, whatever the minimum.
    package static func duration(
        _ name: String, atLeastMs: Int64, orZero: Bool = false, default text: String, help: String
    ) -> Flag {
        let kind = FlagSpec.Kind.duration(minimumMs: atLeastMs, allowsZero: orZero)
        return Flag(FlagSpec(name, kind, value: nil, default: text, help: help, check: nil)) { $0.needed.milliseconds }
    }

    /// An amount of memory or disk. *Units*: bytes.
    package static func bytes(_ name: String, default text: String, help: String) -> Flag {
        Flag(FlagSpec(name, .bytes, value: nil, default: text, help: help, check: nil)) { $0.needed.bytes }
    }
}

extension Flag where Value == Int64? {
    /// A length of time; nil when nobody gives one. *Units*: milliseconds. `orZero`: 0 is taken too, whatever the minimum.
    package static func duration(
        _ name: String, atLeastMs: Int64, orZero: Bool = false, help: String
    ) -> Flag {
        let kind = FlagSpec.Kind.duration(minimumMs: atLeastMs, allowsZero: orZero)
        return Flag(FlagSpec(name, kind, value: nil, default: nil, help: help, check: nil)) { $0?.milliseconds }
    }
}

extension Flag where Value == [String] {
    /// Several words, separated by spaces or commas; none when nobody gives any.
    package static func list(
        _ name: String, value: String? = nil, default text: String? = nil, help: String,
        check: (@Sendable (String) -> String?)? = nil
    ) -> Flag {
        Flag(FlagSpec(name, .list, value: value, default: text, help: help, check: check)) { $0?.list ?? [] }
    }

    /// Several addresses, each as it stands, separated by white space; none when nobody gives any.
    package static func uris(
        _ name: String, default text: String? = nil, help: String, check: (@Sendable (String) -> String?)? = nil
    ) -> Flag {
        Flag(FlagSpec(name, .uris, value: nil, default: text, help: help, check: check)) { $0?.list ?? [] }
    }

    /// Several of the words.
    package static func choices(
        _ name: String, among words: [String], value: String? = nil, default text: String, help: String
    ) -> Flag {
        let kind = FlagSpec.Kind.choice(words, several: true)
        return Flag(FlagSpec(name, kind, value: value, default: text, help: help, check: nil)) { $0?.list ?? [] }
    }
}

extension Flag where Value == Bool {
    /// On or off; off when nobody says.
    package static func toggle(_ name: String, help: String) -> Flag {
        Flag(FlagSpec(name, .toggle, value: nil, default: nil, help: help, check: nil)) { $0?.toggle ?? false }
    }
}

extension Flag where Value == HostPort {
    /// `HOST:PORT`, or a port alone for 127.0.0.1.
    package static func hostPort(_ name: String, default text: String, help: String) -> Flag {
        Flag(FlagSpec(name, .hostPort, value: nil, default: text, help: help, check: nil)) { $0.needed.hostPort }
    }
}

extension Flag where Value == [Settings.KeyValue] {
    /// `key=value`, as often as wanted; sources are merged key by key.
    /// - Parameter joinsRepeats: a key may come again: its values are one, with spaces between them. Else the last one counts.
    package static func keyValues(
        _ name: String, value: String? = nil, help: String, joinsRepeats: Bool = false,
        check: (@Sendable (String) -> String?)? = nil
    ) -> Flag {
        var spec = FlagSpec(name, .keyValues, value: value, default: nil, help: help, check: check)
        spec.joinsRepeats = joinsRepeats
        return Flag(spec) { $0?.keyValues ?? [] }
    }
}

extension Flag {
    /// One of these, each called by `name`.
    package static func choice(
        _ flag: String, among all: [Value], named name: (Value) -> String, default usual: Value, help: String
    ) -> Flag {
        let table = all.map { (word: name($0), value: $0) }
        let kind = FlagSpec.Kind.choice(table.map(\.word), several: false)
        return Flag(FlagSpec(flag, kind, value: nil, default: name(usual), help: help, check: nil)) { stored in
            let word = stored.needed.text
            guard let found = table.first(where: { $0.word == word }) else { Settings.wrongKind() }
            return found.value
        }
    }

    /// One of these, each called by its raw value.
    package static func choice(
        _ name: String, among all: [Value], default usual: Value, help: String
    ) -> Flag where Value: RawRepresentable, Value.RawValue == String {
        choice(name, among: all, named: \.rawValue, default: usual, help: help)
    }

    /// One of these, each called by its raw value; nil when nobody gives one.
    package static func choice<Word: RawRepresentable>(
        _ name: String, among all: [Word], value: String? = nil, help: String
    ) -> Flag where Value == Word?, Word.RawValue == String {
        let kind = FlagSpec.Kind.choice(all.map(\.rawValue), several: false)
        return Flag(FlagSpec(name, kind, value: value, default: nil, help: help, check: nil)) { stored in
            stored.flatMap { Word(rawValue: $0.text) }
        }
    }

    /// Several of these, each called by its raw value.
    package static func choices<Word: RawRepresentable>(
        _ name: String, among all: [Word], value: String? = nil, default usual: [Word], help: String
    ) -> Flag where Value == [Word], Word.RawValue == String {
        let kind = FlagSpec.Kind.choice(all.map(\.rawValue), several: true)
        let text = usual.map(\.rawValue).joined(separator: ",")
        return Flag(FlagSpec(name, kind, value: value, default: text, help: help, check: nil)) { stored in
            (stored?.list ?? []).compactMap { Word(rawValue: $0) }
        }
    }
}

extension ClosedRange<Int> {
    fileprivate var wide: ClosedRange<Int64> { Int64(lowerBound)...Int64(upperBound) }
}

extension Settings.Value? {
    /// Of a flag that has a default.
    fileprivate var needed: Settings.Value {
        guard let self else { preconditionFailure("a flag with a default has a value") }
        return self
    }
}

extension Settings.Value {
    fileprivate var text: String { if case .text(let text) = self { text } else { Settings.wrongKind() } }
    fileprivate var integer: Int64 { if case .integer(let number) = self { number } else { Settings.wrongKind() } }
    fileprivate var milliseconds: Int64 { if case .milliseconds(let ms) = self { ms } else { Settings.wrongKind() } }
    fileprivate var bytes: Int64 { if case .bytes(let bytes) = self { bytes } else { Settings.wrongKind() } }
    fileprivate var list: [String] { if case .list(let words) = self { words } else { Settings.wrongKind() } }
    fileprivate var toggle: Bool { if case .toggle(let isOn) = self { isOn } else { Settings.wrongKind() } }
    fileprivate var hostPort: HostPort {
        if case .hostPort(let address) = self { address } else { Settings.wrongKind() }
    }
    fileprivate var keyValues: [Settings.KeyValue] {
        if case .keyValues(let pairs) = self { pairs } else { Settings.wrongKind() }
    }
}
