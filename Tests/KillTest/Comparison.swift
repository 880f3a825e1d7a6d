internal import CryptoCore

/// What the storm left beside what an undisturbed run wrote.
struct Comparison {
    private(set) var records: [Topic: Int] = [:]
    private(set) var incomplete = 0
    private(set) var lost = 0
    private(set) var doubled = 0
    private(set) var findings: [String] = []

    mutating func compare(_ topic: Topic, calm: [String: [OutputRecord]], storm: [String: [OutputRecord]]) {
        records[topic] = calm.values.reduce(0) { $0 + $1.count }
        if records[topic] == 0 { findings.append("\(topic.rawValue) holds nothing: the test proves nothing") }
        if topic == .tumbling {
            incomplete = calm.values.joined().count { $0.text.contains(#""incomplete":true"#) }
            if incomplete == 0 { findings.append("no window is incomplete: the test proves nothing") }
        }
        for name in Set(calm.keys).union(storm.keys).sorted() {
            compare("\(topic.rawValue) \(name)", calm[name] ?? [], storm[name] ?? [])
        }
    }

    private mutating func compare(_ name: String, _ calm: [OutputRecord], _ storm: [OutputRecord]) {
        guard calm != storm else { return }
        var counts: [OutputRecord: Int] = [:]
        for record in calm { counts[record, default: 0] += 1 }
        for record in storm { counts[record, default: 0] -= 1 }
        let missing = counts.values.reduce(0) { $0 + max(0, $1) }
        let extra = counts.values.reduce(0) { $0 + max(0, -$1) }
        lost += missing
        doubled += extra
        let first = zip(calm, storm).enumerated().first { $1.0 != $1.1 }?.offset ?? min(calm.count, storm.count)
        findings.append(
            """
            \(name): \(calm.count) records undisturbed, \(storm.count) in the storm, \(missing) lost, \(extra) too many; \
            record \(first) differs
                undisturbed  \(Comparison.describe(calm, first))
                storm        \(Comparison.describe(storm, first))
            """)
    }

    private static func describe(_ records: [OutputRecord], _ index: Int) -> String {
        guard index < records.count else { return "(none)" }
        let headers = records[index].headers.map { header in
            "\(header.name)=\(header.value.map { String(decoding: $0, as: UTF8.self) } ?? "null")"
        }
        return "\(records[index].text) [\(headers.joined(separator: " "))]"
    }
}
