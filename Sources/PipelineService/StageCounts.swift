internal import CryptoCore
internal import ServiceRuntime

/// What each service's report says in the summary.
enum StageCounts {
    @Sendable static func producer(_ report: ServiceReport) -> [SummarySection] {
        [SummarySection("ticks", [("sent", report.counts["ticks", default: 0])])]
    }

    @Sendable static func processor(_ report: ServiceReport) -> [SummarySection] {
        let made = report.counts
        return [
            SummarySection(
                "ticks", [("dead letters", made["deadletter", default: 0]), ("late", made["late", default: 0])]),
            SummarySection(
                "windows",
                [
                    ("tumbling", made["windows.tumbling", default: 0]),
                    ("sliding", made["windows.sliding", default: 0]),
                ]),
            SummarySection("trends", [("written", made["trends", default: 0])]),
        ]
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
