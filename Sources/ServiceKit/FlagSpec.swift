internal import CryptoCore

/// What the command line, the help and a configuration file know of a flag, whatever the type of its value.
package struct FlagSpec: Sendable {
    /// What a flag takes.
    package enum Kind: Sendable, Equatable {
        /// One word that is not empty.
        case text
        /// A whole number in the range.
        case integer(ClosedRange<Int64>)
        /// Seconds, or a number with a unit. *Units*: milliseconds. `allowsZero`: 0 is taken too, whatever the minimum.
        case duration(minimumMs: Int64, allowsZero: Bool)
        /// An amount of memory or disk: bytes, or a number with a unit such as MiB. *Units*: bytes.
        case bytes
        /// Several words, separated by spaces or commas; the flag may be repeated.
        case list
        /// Several addresses, each as it stands: commas belong to them. White space separates those in a variable or a
        /// file; the flag may be repeated.
        case uris
        /// One of the words, or several of them.
        case choice([String], several: Bool)
        /// `key=value`, as often as wanted; sources are merged key by key.
        case keyValues
        /// On or off: `--console`, `--console=false`.
        case toggle
        /// `HOST:PORT`, or a port alone for 127.0.0.1.
        case hostPort
    }

    /// Where the help lists a flag.
    enum Section: Sendable {
        /// Among the program's own.
        case own
        /// After these: every service has it.
        case common
        /// Among what is done instead of running.
        case question
    }

    /// The name without its dashes: `brokers`.
    package let name: String
    /// What the flag takes.
    package let kind: Kind
    /// How the help calls its value: `HOST:PORT`.
    package let valueName: String
    /// The value when no source gives one, written as on the command line; nil where there is none.
    package var defaultText: String?
    /// What it is for, one sentence without a full stop.
    package var help: String
    /// Says what is wrong with a word that the kind accepts, or nil.
    package let check: (@Sendable (String) -> String?)?
    /// Whether a key that comes again within one source adds a value to the first one, a space between them; else it replaces it.
    var joinsRepeats = false
    /// Whether its value is one that nobody should see, though its name does not say so.
    var hidesValue = false
    /// Where the help lists it.
    var section = Section.own

    init(
        _ name: String, _ kind: Kind, value: String?, default defaultText: String?, help: String,
        check: (@Sendable (String) -> String?)?
    ) {
        self.name = name
        self.kind = kind
        self.valueName = value ?? kind.usualValueName
        self.defaultText = defaultText
        self.help = help
        self.check = check
    }

    /// Whether nobody should see its value.
    var isSecret: Bool { hidesValue || Secrets.isSecret(name: name) }

    /// The environment variable that sets it: `CRYPTO_KAFKA_CONFIG`.
    package var environmentName: String {
        "CRYPTO_" + name.uppercased().map { $0 == "-" ? "_" : String($0) }.joined()
    }

    /// Whether one occurrence may be followed by several words.
    var takesSeveralWords: Bool {
        switch kind {
        case .list, .uris, .keyValues, .choice(_, several: true): true
        default: false
        }
    }
}

extension FlagSpec.Kind {
    fileprivate var usualValueName: String {
        switch self {
        case .text: "TEXT"
        case .integer: "NUMBER"
        case .duration: "DURATION"
        case .bytes: "SIZE"
        case .list: "WORD"
        case .uris: "URI"
        case .choice(let words, several: false): words.joined(separator: "|")
        case .choice(_, several: true): "NAME"
        case .keyValues: "KEY=VALUE"
        case .toggle: ""
        case .hostPort: "HOST:PORT"
        }
    }
}
