/// One setting of a program: how it is called, what it takes, what it is worth when nobody gives it, and of which type it is.
///
/// `settings[flag]` reads it, so that a wrong name or type does not compile.
package struct Flag<Value: Sendable>: AnyFlag {
    package private(set) var spec: FlagSpec
    /// Nil: no source gives a value, and there is no default.
    private let read: @Sendable (Settings.Value?) -> Value

    init(_ spec: FlagSpec, read: @escaping @Sendable (Settings.Value?) -> Value) {
        self.spec = spec
        self.read = read
    }

    /// What `stored` is worth; nil: the flag's own default.
    func value(of stored: Settings.Value?) -> Value {
        if let stored { return read(stored) }
        guard let text = spec.defaultText else { return read(nil) }
        return read(spec.parsed(ValueParser.words(spec, inText: text)))
    }

    /// The same flag with another default and another help.
    package func with(default defaultText: String, help: String) -> Flag {
        var copy = self
        copy.spec.defaultText = defaultText
        copy.spec.help = help
        return copy
    }

    /// The same flag in the help of every service.
    package var common: Flag { listed(in: .common) }

    /// The same flag among what is done instead of running.
    package var question: Flag { listed(in: .question) }

    /// The same flag with a value that problems and `--print-config` mask: a command or an address that may hold passwords.
    package var secret: Flag {
        var copy = self
        copy.spec.hidesValue = true
        return copy
    }

    /// The same flag with its values as another type; `transform` gets only what `check` let pass.
    package func map<Other: Sendable>(_ transform: @escaping @Sendable (Value) -> Other) -> Flag<Other> {
        Flag<Other>(spec) { [read] in transform(read($0)) }
    }

    private func listed(in section: FlagSpec.Section) -> Flag {
        var copy = self
        copy.spec.section = section
        return copy
    }
}

/// A flag of any type, as a command lists it.
package protocol AnyFlag: Sendable {
    /// What the command line and the help know of it.
    var spec: FlagSpec { get }
}
