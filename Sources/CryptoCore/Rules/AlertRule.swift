/// One rule of a rules file: what must hold, of which series and for how long, and what is told then.
package struct AlertRule: Equatable, Sendable {
    /// The `alert`.
    package let name: String
    /// Of its group.
    package let group: String
    /// Of type truth.
    package let expression: RuleExpression
    package let patience: RulePatience
    package let match: RuleMatch
    /// Its own labels; `alertname`, `source`, `symbol` and `model` are not among them.
    package let labels: [String: String]
    let annotations: [String: RuleTemplate]

    /// Whether its answers depend on the clock, so that a replay gives others.
    package var usesClock: Bool { expression.usesClock }

    /// Names the alert of this rule on one subject: FNV-1a over the rule's name, the series and the labels in the order of their names,
    /// a byte that no text has between them. The same on every machine.
    package func fingerprint(of subject: RuleSubject) -> UInt64 {
        var hash = FNV1a()
        let labels = labels(of: subject).sorted { $0.key < $1.key }.flatMap { [$0.key, $0.value] }
        for text in [name, subject.series.source, subject.series.symbol] + labels {
            hash.add(text.utf8)
            hash.add(0xFF)
        }
        return hash.value
    }

    /// The alert of a change.
    func alert(_ state: Alert.State, of subject: RuleSubject, since: Int64, asOf: Int64, value: Double?) -> Alert {
        let labels = labels(of: subject)
        var alert = Alert()
        alert.rule = name
        alert.state = state
        alert.series = subject.series
        alert.asOf = asOf
        alert.since = since
        alert.value = value
        alert.severity = labels["severity"]
        alert.labels = labels
        alert.fingerprint = Alert.text(fingerprint: fingerprint(of: subject))
        var texts = annotations.mapValues { template in
            template.filled(value: value) { name in
                switch name {
                case "alertname": self.name
                case "source": subject.series.source
                case "symbol": subject.series.symbol
                default: labels[name] ?? ""
                }
            }
        }
        alert.summary = texts.removeValue(forKey: "summary")
        alert.annotations = texts.isEmpty ? nil : texts
        return alert
    }
}

/// Which records a rule looks at.
package struct RuleMatch: Equatable, Sendable {
    var source = Glob.any
    var symbol = Glob.any
    /// Of predictions and scores.
    var model = Glob.any

    /// Whether a rule looks at a series.
    package func takes(_ series: Series) -> Bool { source.matches(series.source) && symbol.matches(series.symbol) }
}
