internal import CryptoCore
internal import ServiceKit

/// Reads rules files, and says what is wrong with them.
enum RulesSource {
    /// Why a file gives no rules.
    struct Unusable: Error, CustomStringConvertible {
        /// `FILE:LINE:COLUMN: what is wrong and how to mend it`, one or more.
        let lines: [String]

        var description: String { lines.joined(separator: "\n") }
    }

    /// The rules of a file.
    static func rules(of path: String) throws(Unusable) -> RuleSet {
        let bytes: [UInt8]
        switch FileContent.read(path) {
        case .bytes(let content): bytes = content
        case .absent: throw Unusable(lines: ["\(path): there is no such file; --rules names it"])
        case .unreadable(let reason): throw Unusable(lines: ["\(path): cannot be read: \(reason)"])
        }
        do {
            return RuleSet(try RulesFile(parsing: bytes.span.bytes).rules)
        } catch {
            let more = error.unlisted > 0 ? ["\(path): and \(error.unlisted) more"] : []
            throw Unusable(lines: error.problems.map { "\(path):\($0)" } + more)
        }
    }

    /// Says what a good file holds, for `--check`.
    static func check(_ path: String) throws(UsageError) -> String {
        let rules: RuleSet
        do { rules = try self.rules(of: path) } catch { throw UsageError(error.lines) }
        let count = rules.rules.count
        var text = "\(path): \(count) rule\(count == 1 ? "" : "s")\n"
        for rule in rules.rules {
            text +=
                "  \(rule.name)\(rule.usesClock ? ": looks at the clock, so that a replay gives other alerts" : "")\n"
        }
        return text
    }
}
