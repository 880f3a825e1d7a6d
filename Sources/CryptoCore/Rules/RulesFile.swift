/// A rules file: groups of alert rules in Prometheus's shape, as JSON.
///
///     {"groups": [{"name": "prices", "rules": [{
///       "alert": "PriceMoved",
///       "expr": "trend.change_pct > 2 or trend.change_pct < -2",
///       "for": "2m", "keep_firing_for": "10m",
///       "match": {"source": "bybit*", "symbol": "BTC-*"},
///       "labels": {"severity": "warning"},
///       "annotations": {"summary": "{{ $labels.symbol }} moved {{ $value }} %"}}]}]}
///
/// `match`, which Prometheus does not have, says of which series a rule is: patterns (`*`, `?`) of `source` and `symbol`, and of `model`
/// where the rule looks at predictions or scores; what it does not name matches all.
package struct RulesFile: Equatable, Sendable {
    /// In the order of the file.
    package let rules: [AlertRule]

    /// Reads a file.
    /// - Throws: everything that is wrong with it, up to `RuleLimits`.
    package init(parsing bytes: RawSpan) throws(RulesError) {
        var reader = RulesReader()
        reader.readFile(bytes)
        if let error = reader.problems.error(in: bytes) { throw error }
        rules = reader.rules
    }
}

/// Reads the groups and rules of a file and collects what is wrong.
struct RulesReader {
    var scanner = JSONScanner()
    var problems = ProblemList()
    private(set) var rules: [AlertRule] = []
    /// What makes each rule so far one: its name and labels.
    private var identities: Set<[String]> = []
    private var groupNames: Set<String> = []
    private var ruleCount = 0
    private var group = ""

    mutating func readFile(_ bytes: RawSpan) {
        if bytes.byteCount > RuleLimits.bytes {
            return problems.note(0, "the file has \(bytes.byteCount) bytes; at most \(RuleLimits.bytes) are read")
        }
        do {
            var hasGroups = false
            try object("the file", ["groups"], bytes) { reader, _ throws(DecodeError) in
                hasGroups = true
                try reader.array("groups", bytes) { reader throws(DecodeError) in try reader.readGroup(bytes) }
            }
            try scanner.end(bytes)
            if !hasGroups, problems.isEmpty { problems.note(0, "there are no `groups`") }
        } catch {
            problems.note(error.offset, error.reason.expected)
        }
    }

    private mutating func readGroup(_ bytes: RawSpan) throws(DecodeError) {
        var place = scanner.at
        var name = ""
        var rulesAt: JSONScanner?
        try object("a group", ["name", "rules"], bytes) { reader, key throws(DecodeError) in
            if key == "rules" {
                rulesAt = reader.scanner
                return try reader.scanner.skipValue(bytes)
            }
            place = reader.scanner.at
            name = try reader.name("name", bytes) ?? name
        }
        if name.isEmpty {
            problems.note(place, "a group needs a `name`")
        } else if !groupNames.insert(name).inserted {
            problems.note(place, "there is a group of this name already")
        }
        group = name
        guard let rulesAt else { return problems.note(place, "a group needs `rules`") }
        // The name may stand behind the rules, which need it.
        let end = scanner
        scanner = rulesAt
        try array("rules", bytes) { reader throws(DecodeError) in try reader.readRule(bytes) }
        scanner = end
    }

    private mutating func readRule(_ bytes: RawSpan) throws(DecodeError) {
        ruleCount += 1
        if ruleCount == RuleLimits.rules + 1 {
            problems.note(scanner.at, "a file has at most \(RuleLimits.rules) rules")
        }
        if ruleCount > RuleLimits.rules { return try scanner.skipValue(bytes) }
        var draft = RuleDraft(place: scanner.at)
        let isObject = try object("a rule", RuleDraft.keys, bytes) { reader, key throws(DecodeError) in
            try draft.read(key, &reader, bytes)
        }
        guard isObject, let rule = draft.rule(in: group, &problems) else { return }
        let labels = rule.labels.sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        if !identities.insert([rule.name] + labels).inserted {
            problems.note(draft.place, "there is a rule of this name with the same labels already")
        }
        rules.append(rule)
    }
}

extension DecodeError.Reason {
    /// What was expected, for a person.
    fileprivate var expected: String {
        switch self {
        case .notJSON(let expected): "not JSON: expected \(expected)"
        case .missing(let field): "`\(field)` is missing"
        case .badField(let field, let wanted): "`\(field)` must be \(wanted)"
        }
    }
}
