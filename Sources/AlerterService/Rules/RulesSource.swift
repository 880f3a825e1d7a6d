internal import CryptoCore
internal import ServiceKit

/// Reads rules files, and says what is wrong with them.
enum RulesSource {
    /// The rules of a file.
    /// - Throws: `FILE:LINE:COLUMN: what is wrong and how to mend it`, one or more.
    static func rules(of path: String) throws(UsageError) -> RuleSet {
        let bytes: [UInt8]
        switch FileContent.read(path) {
        case .bytes(let content): bytes = content
        case .absent: throw UsageError("\(path): there is no such file; --rules names it")
        case .unreadable(let reason): throw UsageError("\(path): cannot be read: \(reason)")
        }
        do {
            return RuleSet(try RulesFile(parsing: bytes.span.bytes).rules)
        } catch {
            let more = error.unlisted > 0 ? ["\(path): and \(error.unlisted) more"] : []
            throw UsageError(error.problems.map { "\(path):\($0)" } + more)
        }
    }

    /// An amount for a person: `160 KB`.
    static func size(_ bytes: Int) -> String {
        bytes < 10_000_000 ? "\((bytes + 999) / 1_000) KB" : "\((bytes + 999_999) / 1_000_000) MB"
    }

    /// Says what a good file holds, for `--check`.
    static func check(_ path: String) throws(UsageError) -> String {
        let rules = try self.rules(of: path)
        let count = rules.rules.count
        let need = size(rules.bytesOfMarket)
        var text = "\(path): \(count) rule\(count == 1 ? "" : "s"), up to \(need) remembered of each market\n"
        for rule in rules.rules {
            text +=
                "  \(rule.name)\(rule.usesClock ? ": looks at the clock, so that a replay gives other alerts" : "")\n"
        }
        return text
    }
}
