internal import CryptoCore
internal import ServiceRuntime

/// What each service's report says in the summary.
enum StageCounts {
    @Sendable static func producer(_ report: ServiceReport) -> [SummarySection] {
        [SummarySection("ticks", [("sent", report.counts["ticks", default: 0])])]
    }

    /// What a stream service made of its input, a section a topic; topics with a common first word share one.
    /// - Parameter topics: those that it writes. Provisional windows are no result.
    static func stream(_ report: ServiceReport, writing topics: [Topic]) -> [SummarySection] {
        let made = report.counts
        let refusals = [(name: "dead letters", topic: "deadletter"), (name: "late", topic: "late")]
        let written = Set(topics.map(\.rawValue))
        let refused = SummarySection(
            "ticks", refusals.filter { written.contains($0.topic) }.map { ($0.name, made[$0.topic, default: 0]) })
        let results = topics.filter { $0.fieldRecord != nil && $0 != .live }
        return (refused.lines.isEmpty ? [] : [refused])
            + results.map { topic in
                let words = topic.rawValue.split(separator: ".", maxSplits: 1).map(String.init)
                return SummarySection(
                    words[0], [(words.count > 1 ? words[1] : "written", made[topic.rawValue, default: 0])])
            }
    }

    /// - Parameter stores: as the user named them; a sink of one has no parts.
    static func sink(_ report: ServiceReport, stores: [String]) -> [SummarySection] {
        let named = stores.first.map { [(name: Secrets.masking($0), report: report)] } ?? []
        return (report.parts.isEmpty ? named : report.parts).map { store in
            SummarySection(
                "rows in \(store.name)", store.report.counts.sorted { $0.key < $1.key }.map { ($0.key, $0.value) })
        }
    }
}
