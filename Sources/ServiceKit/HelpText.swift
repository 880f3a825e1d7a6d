/// Lays out `--help`, at most 100 columns wide.
enum HelpText {
    private static let width = 100
    private static let indent = 30

    /// The whole text, with a newline at its end.
    static func render(_ usage: CommandUsage) -> String {
        var lines = wrap("\(usage.name): \(usage.summary)", width: width)
        lines += ["", "Usage: \(usage.name) [flags]"]
        lines += usage.verbs.map { "       \(usage.name) \($0.form) [flags]" }
        let own = usage.flags.filter { $0.section == .own }
        let common = usage.flags.filter { $0.section == .common }
        if !own.isEmpty { lines += ["", "Flags:"] + own.flatMap { entry($0, usage) } }
        if !common.isEmpty { lines += ["", "Flags of every service:"] + common.flatMap { entry($0, usage) } }
        lines += ["", "Instead of running:"] + standard + (usage.isService ? health : [])
        lines += usage.flags.filter { $0.section == .question }.flatMap { entry($0, usage) }
        if !usage.examples.isEmpty { lines += ["", "Examples:"] + usage.examples.map { "  \($0)" } }
        lines += [""] + wrap(footer(usage), width: width)
        return lines.joined(separator: "\n") + "\n"
    }

    private static let standard = [
        columns("  --help, -h", "print this and exit"),
        columns("  --version", "print the version and exit"),
        columns("  --print-config", "print all settings as JSON, passwords masked, and exit"),
    ].flatMap { $0 }

    private static let health = columns(
        "  --health URL",
        """
        ask a running service and exit, 0 where it answers 2xx and 1 where not; HOST:PORT alone stands for \
        http://HOST:PORT/health/ready
        """)

    private static func footer(_ usage: CommandUsage) -> String {
        var text = "A flag beats the environment variable named beside it"
        if usage.takes(CommonFlags.config) {
            text += ", which beats the file of --config (\(usage.defaultConfigPath) where there is one)"
        }
        text += ". Exit codes: 0 done, 1 failed, 64 wrong usage."
        let hasDuration = usage.flags.contains { if case .duration = $0.kind { true } else { false } }
        if hasDuration { text += " A DURATION is seconds, or has a unit: 500ms, 5s, 10m, 2h, 30d." }
        let hasSize = usage.flags.contains { $0.kind == .bytes }
        if hasSize { text += " A SIZE is bytes, or has a unit: 64KiB, 64MiB, 1GiB." }
        return text
    }

    private static func entry(_ flag: FlagSpec, _ usage: CommandUsage) -> [String] {
        var left = "  --\(flag.name)"
        if flag.kind != .toggle { left += " \(flag.valueName)" }
        if flag.takesSeveralWords { left += " ..." }
        var notes: [String] = []
        if case .choice(let names, several: true) = flag.kind { notes.append("of: \(names.joined(separator: ", "))") }
        if let text = flag.defaultText { notes.append("default: \(text)") }
        notes.append(flag.environmentName)
        return columns(left, "\(flag.help) [\(notes.joined(separator: "; "))]")
    }

    /// The right text beside the left one, or below it where that is too long.
    private static func columns(_ left: String, _ right: String) -> [String] {
        let wrapped = wrap(right, width: width - indent).map { String(repeating: " ", count: indent) + $0 }
        guard left.count < indent - 1 else { return [left] + wrapped }
        return [left + wrapped[0].dropFirst(left.count)] + wrapped.dropFirst()
    }

    /// Breaks at spaces; a longer word stands alone on its line.
    static func wrap(_ text: String, width: Int) -> [String] {
        var lines: [String] = []
        var line = ""
        for word in text.split(separator: " ") {
            if line.isEmpty {
                line = String(word)
            } else if line.count + 1 + word.count <= width {
                line += " " + word
            } else {
                lines.append(line)
                line = String(word)
            }
        }
        return lines + [line]
    }
}
