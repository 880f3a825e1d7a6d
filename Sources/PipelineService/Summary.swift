internal import CryptoCore
internal import ServiceRuntime

/// What `pipeline` says at its end.
struct Summary {
    let producer: ServiceReport
    let processor: ServiceReport
    let sink: ServiceReport

    /// A table: what was read, made and stored.
    /// - Parameter store: the name of the only one.
    func text(store: String) -> String {
        let made = processor.counts
        let stores = sink.parts.isEmpty ? [(name: store, report: sink)] : sink.parts
        func line(_ name: String, _ count: UInt64) -> String {
            "  \(name)\(String(repeating: " ", count: max(1, 20 - name.count)))\(count)\n"
        }
        var text = "\nticks\n" + line("sent", producer.counts["ticks", default: 0])
        text += line("dead letters", made["deadletter", default: 0]) + line("late", made["late", default: 0])
        var section = ""
        for topic in Topic.allCases where topic.fieldRecord != nil && topic != .live {
            let words = topic.rawValue.split(separator: ".", maxSplits: 1).map(String.init)
            if section != words[0] { text += words[0] + "\n" }
            section = words[0]
            text += line(words.count > 1 ? words[1] : "written", made[topic.rawValue, default: 0])
        }
        for store in stores {
            let rows = store.report.counts.sorted { $0.key < $1.key }
            text += "rows in \(store.name)\n" + rows.map { line($0.key, $0.value) }.joined()
        }
        return text
    }
}
