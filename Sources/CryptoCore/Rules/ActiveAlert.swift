/// A rule whose condition holds for one series: it fires, or will when it has held for long enough.
package struct ActiveAlert: Equatable, Sendable {
    /// The rule's name.
    package let rule: String
    package let series: Series
    /// Whether it fires; pending where not.
    package let isFiring: Bool
    /// Since when the condition holds, in event time. *Units*: ms since the epoch.
    package let since: Int64
    /// What stands left of the rule's first comparison now; nil where there is none, or it is null.
    package let value: Double?
    package let labels: [String: String]
    package let fingerprint: UInt64

    /// Firing ones first, each by rule and series.
    package static func isShownBefore(_ a: ActiveAlert, _ b: ActiveAlert) -> Bool {
        if a.isFiring != b.isFiring { return a.isFiring }
        return (a.rule, a.series.description, a.fingerprint) < (b.rule, b.series.description, b.fingerprint)
    }

    /// Appends it as a JSON object.
    package func encode(into json: inout JSONWriter) {
        json.beginObject()
        json.field("rule", rule)
        json.field("state", isFiring ? "firing" : "pending")
        json.field("source", series.source)
        json.field("symbol", series.symbol)
        json.field("since", since)
        json.key("value")
        value.encode(into: &json)
        json.key("labels")
        labels.encode(into: &json)
        json.field("fingerprint", Alert.text(fingerprint: fingerprint))
        json.endObject()
    }
}

extension PartitionAlerts {
    /// The rules whose condition holds, of all series. *Complexity*: O(series × their rules).
    package mutating func active() -> [ActiveAlert] {
        states.indices.compactMap { states[$0].phase == .inactive ? nil : active($0) }
    }

    private mutating func active(_ index: Int) -> ActiveAlert {
        moments &+= 1
        let (subject, number) = owner(of: index)
        let (rule, program, name) = (rules.rules[number], rules.programs[number], subjects.subjects[subject])
        let time = program.usesClock ? clock : newest(program, subject)
        let moment = Moment(subject: subject, channel: -1, time: time)
        return ActiveAlert(
            rule: rule.name, series: name.series, isFiring: states[index].phase == .firing,
            since: states[index].since,
            value: value(program, View(moment: moment, time: time, upTo: .max, isPast: false)),
            labels: rule.labels(of: name), fingerprint: rule.fingerprint(of: name))
    }

    /// The time of the newest record that a rule sees of a subject.
    private func newest(_ program: RuleSet.Program, _ subject: Int) -> Int64 {
        rules.channelLists[Int(program.channels.lowerBound)..<Int(program.channels.upperBound)]
            .map { times[subject, Int($0)] }.max() ?? clock
    }
}
