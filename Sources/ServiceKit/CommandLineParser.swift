internal import CryptoCore

/// What a command line asks for.
package enum ParseResult<Configuration: Sendable>: Sendable {
    /// Run with this.
    case run(Configuration)
    /// Do this instead of running.
    case answer(Answer)
    /// Print this on stdout and exit 0: help, version or configuration.
    case show(String)
    /// Everything that is wrong, a line each; exit 64.
    case usage([String])
}

/// Joins command line, environment, configuration file and defaults, in this order of strength.
package enum CommandLineParser {
    /// Reads everything and reports all problems at once. *Thread*: any; pure but for `readFile`.
    package static func parse<Configuration>(
        _ spec: CommandSpec<Configuration>, arguments: [String], environment: [String: String] = [:],
        readFile: (String) -> FileContent = { _ in .absent }
    ) -> ParseResult<Configuration> {
        let usage = spec.usage
        let scan = ArgumentScan(usage, arguments)
        if scan.wantsHelp { return .show(HelpText.render(usage)) }
        if scan.wantsVersion { return .show("\(usage.name) \(Version.text) (CryptoStream)\n") }
        if let probe = scan.health, scan.problems.isEmpty {
            return .answer { _ in
                try probe.ask()
                return ""
            }
        }
        var resolver = Resolver(usage: usage, scan: scan, environment: environment)
        resolver.readConfig(readFile)
        var settings = resolver.resolve()
        let problems = scan.problems + resolver.problems
        guard problems.isEmpty else { return .usage(problems.map { "\(usage.name): \($0)" }) }
        spec.settle?(&settings)
        do throws(UsageError) {
            let result = try result(spec, settings)
            return scan.wantsConfig ? .show(settings.json()) : result
        } catch {
            return .usage(error.problems.map { "\(usage.name): \($0)" })
        }
    }

    private static func result<Configuration>(
        _ spec: CommandSpec<Configuration>, _ settings: Settings
    ) throws(UsageError) -> ParseResult<Configuration> {
        if let answer = try spec.answering?(settings) { return .answer(answer) }
        return .run(try spec.configure(settings))
    }
}

/// Finds for each flag the strongest source that gives it.
private struct Resolver {
    let usage: CommandUsage
    let scan: ArgumentScan
    let environment: [String: String]
    var problems: [String] = []
    private var file: [String: ConfigValue] = [:]
    private var path = ""
    private static let config = CommonFlags.config.spec

    init(usage: CommandUsage, scan: ArgumentScan, environment: [String: String]) {
        self.usage = usage
        self.scan = scan
        self.environment = environment.filter { !$0.value.isEmpty }  // compose passes unset variables as empty ones
    }

    /// Reads the file that was named, or the default one where it exists.
    mutating func readConfig(_ readFile: (String) -> FileContent) {
        guard usage.takes(CommonFlags.config) else { return }
        let named = scan.words[Resolver.config.name]?.last ?? environment[Resolver.config.environmentName]
        if named == "" { return }  // the flag itself is reported
        path = named ?? usage.defaultConfigPath
        switch readFile(path) {
        case .bytes(let bytes): read(bytes)
        case .unreadable(let reason): problems.append("\(ProblemText.shown(path)): cannot be read: \(reason)")
        case .absent:
            if named != nil { problems.append("--config \(ProblemText.shown(path)): there is no such file") }
        }
    }

    mutating func resolve() -> Settings {
        var settings = Settings(flags: usage.flags)
        for flag in usage.flags {
            if flag.kind == .keyValues { resolvePairs(flag, &settings) } else { resolveOne(flag, &settings) }
        }
        return settings
    }

    private mutating func read(_ bytes: [UInt8]) {
        do throws(ConfigFile.Broken) {
            file = try ConfigFile.parse(bytes)
        } catch {
            problems.append("\(ProblemText.shown(path)): \(error.reason)")
        }
        let names = usage.flags.map(\.name).filter { $0 != Resolver.config.name }
        for key in file.keys.sorted() where !names.contains(key) {
            let question = Suggestions.question(key, among: names) { "\"\($0)\"" }
            let separator = question.isEmpty ? ";" : ""
            problems.append("\(place(key)): unknown key\(question)\(separator) see \(usage.name) --help")
        }
    }

    private mutating func resolveOne(_ flag: FlagSpec, _ settings: inout Settings) {
        if let words = scan.words[flag.name], !words.isEmpty {
            store(flag, words, .flag, &settings)
        } else if let text = environment[flag.environmentName] {
            store(flag, ValueParser.words(flag, inText: text), .environment, &settings)
        } else if flag.name != Resolver.config.name, let value = file[flag.name] {
            guard let words = words(flag, value) else { return }
            store(flag, words, .file, &settings)
        } else if let text = flag.defaultText {
            store(flag, ValueParser.words(flag, inText: text), .builtIn, &settings)
        }
    }

    /// Pairs of all sources are merged key by key: giving one more property keeps the others.
    private mutating func resolvePairs(_ flag: FlagSpec, _ settings: inout Settings) {
        var sources: [(words: [String], source: Settings.Source)] = []
        if let words = scan.words[flag.name] { sources.append((words, .flag)) }
        if let text = environment[flag.environmentName] {
            sources.append((ValueParser.words(flag, inText: text), .environment))
        }
        if let value = file[flag.name], let words = words(flag, value) { sources.append((words, .file)) }
        if let text = flag.defaultText { sources.append((ValueParser.words(flag, inText: text), .builtIn)) }
        var merged: [Settings.KeyValue] = []
        for (words, source) in sources.reversed() {
            switch ValueParser.parse(flag, words: words) {
            case .success(.keyValues(let pairs)): merged = ValueParser.merging(pairs, over: merged)
            case .success: preconditionFailure("a key=value flag gives pairs")
            case .failure(let problem): report(flag, problem, source)
            }
        }
        if let strongest = sources.first { settings.set(flag.name, to: .keyValues(merged), from: strongest.source) }
    }

    private mutating func store(
        _ flag: FlagSpec, _ words: [String], _ source: Settings.Source, _ settings: inout Settings
    ) {
        switch ValueParser.parse(flag, words: words) {
        case .success(let value): settings.set(flag.name, to: value, from: source)
        case .failure(let problem): report(flag, problem, source)
        }
    }

    /// The file's value as words of a command line; nil, and a problem, when the flag takes no such thing.
    private mutating func words(_ flag: FlagSpec, _ value: ConfigValue) -> [String]? {
        switch (value, flag.kind) {
        case (.text(let text), _): return ValueParser.words(flag, inText: text)
        case (.toggle(let isOn), .toggle): return [String(isOn)]
        case (.list(let words), .keyValues): return words
        case (.list(let words), _) where flag.takesSeveralWords: return words
        case (.pairs(let pairs), .keyValues):
            return pairs.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        default:
            problems.append("\(place(flag.name)): must be \(expected(flag)), not \(value.noun)")
            return nil
        }
    }

    private func expected(_ flag: FlagSpec) -> String {
        switch flag.kind {
        case .toggle: "true or false"
        case .list, .choice(_, several: true): "a list of texts"
        case .uris: "a text or a list of texts"
        case .keyValues: "an object of texts"
        case .integer: "a number"
        case .duration: "a number of seconds or a text such as \"500ms\""
        case .bytes: "a number of bytes or a text such as \"64MiB\""
        default: "a text"
        }
    }

    private mutating func report(_ flag: FlagSpec, _ problem: ValueParser.Problem, _ source: Settings.Source) {
        switch source {
        case .flag: problems.append("--\(flag.name) \(problem.value): \(problem.reason)")
        case .environment: problems.append("\(flag.environmentName)=\(problem.value): \(problem.reason)")
        case .file: problems.append("\(place(flag.name)): \(problem.value): \(problem.reason)")
        case .builtIn: preconditionFailure("the default of --\(flag.name), \(problem.value), \(problem.reason)")
        }
    }

    private func place(_ key: String) -> String { "\(ProblemText.shown(path)): \(JSONWriter.quoted(key))" }
}

extension ConfigValue {
    fileprivate var noun: String {
        switch self {
        case .text: "a text"
        case .toggle: "true or false"
        case .list: "a list"
        case .pairs: "an object"
        case .unusable(let noun): noun
        }
    }
}
