internal import CryptoCore

/// A command line taken apart: which flag got which words.
struct ArgumentScan {
    private let usage: CommandUsage
    private(set) var words: [String: [String]] = [:]
    private(set) var problems: [String] = []
    private(set) var wantsHelp = false
    private(set) var wantsVersion = false
    private(set) var wantsConfig = false
    /// What `--health` asks; nil where it is not given, or wrong.
    private(set) var health: HealthProbe?

    init(_ usage: CommandUsage, _ arguments: [String]) {
        self.usage = usage
        var rest = arguments[...]
        if let verb = usage.verbs.first(where: { $0.name == rest.first }) { scanVerb(verb, &rest) }
        while let argument = rest.popFirst() {
            if argument == "-h" {
                wantsHelp = true
            } else if argument.hasPrefix("--"), argument.utf8.count > 2 {
                scanFlag(argument.dropFirst(2), &rest)
            } else {
                problems.append(stray(argument))
            }
        }
    }

    private mutating func scanVerb(_ verb: CommandVerb, _ rest: inout ArraySlice<String>) {
        rest.removeFirst()
        for word in verb.words {
            guard let next = rest.first, !next.hasPrefix("--") else {
                problems.append("\(verb.name): \(word.name) is missing: \(usage.name) \(verb.form)")
                return
            }
            words[word.flag] = [rest.removeFirst()]
        }
    }

    private mutating func scanFlag(_ argument: Substring, _ rest: inout ArraySlice<String>) {
        let equals = argument.firstIndex(of: "=")
        let name = String(argument[..<(equals ?? argument.endIndex)])
        let inline = equals.map { String(argument[argument.index(after: $0)...]) }
        if inline == nil, scanStandard(name) { return }
        if name == "health", usage.isService { return scanHealth(inline, &rest) }
        guard let flag = usage.flags.first(where: { $0.name == name }) else {
            problems.append(unknown(name))
            while rest.first?.hasPrefix("-") == false { rest.removeFirst() }  // its words: one problem is enough
            return
        }
        var found = inline.map { [$0] } ?? []
        if flag.kind == .toggle {
            if found.isEmpty { found = ["true"] }
        } else if flag.takesSeveralWords {
            while let next = rest.first, !next.hasPrefix("--") { found.append(rest.removeFirst()) }
        } else if found.isEmpty, let next = rest.first, !next.hasPrefix("--") {
            found.append(rest.removeFirst())
        }
        if found.isEmpty { problems.append("--\(name) needs a value: --\(name) \(flag.valueName)") }
        words[name, default: []] += found
    }

    private mutating func scanStandard(_ name: String) -> Bool {
        switch name {
        case "help": wantsHelp = true
        case "version": wantsVersion = true
        case "print-config": wantsConfig = true
        default: return false
        }
        return true
    }

    private mutating func scanHealth(_ inline: String?, _ rest: inout ArraySlice<String>) {
        guard let word = inline ?? (rest.first?.hasPrefix("--") == false ? rest.removeFirst() : nil) else {
            problems.append("--health needs a value: --health URL")
            return
        }
        health = HealthProbe(word)
        if health == nil { problems.append("--health \(ProblemText.shown(word)): \(HealthProbe.form)") }
    }

    private func unknown(_ name: String) -> String {
        let names = usage.flags.map(\.name) + ["help", "version", "print-config"] + (usage.isService ? ["health"] : [])
        let question = Suggestions.question(name, among: names) { "--" + $0 }
        let separator = question.isEmpty ? ";" : ""
        return "unknown flag --\(ProblemText.shown(name))\(question)\(separator) see \(usage.name) --help"
    }

    private func stray(_ word: String) -> String {
        let bare = String(word.drop { $0 == "-" })
        let question =
            word.hasPrefix("-")
            ? Suggestions.question(bare, among: usage.flags.map(\.name)) { "--" + $0 } : "; flags start with --"
        let separator = question.hasSuffix("?") ? "" : ";"
        return "unexpected argument \(ProblemText.shown(word))\(question)\(separator) see \(usage.name) --help"
    }
}
