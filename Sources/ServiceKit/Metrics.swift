internal import Synchronization

/// The numbers that `/metrics` shows, in Prometheus' text format.
///
/// Making a metric takes a lock; keep what comes back and add to it once per batch.
/// *Thread*: any.
package final class Metrics: Sendable {
    /// Values of the labels of one metric.
    package typealias Labels = KeyValuePairs<String, String>

    /// What an HTTP answer says it is.
    package static let contentType = "text/plain; version=0.0.4; charset=utf-8"

    private let seriesLimit: Int
    private let families = Mutex<[String: Family]>([:])

    /// Keeps at most `seriesLimit` label combinations of a metric; further ones are counted together as `other`.
    package init(seriesLimit: Int = 200) { self.seriesLimit = seriesLimit }

    /// A number that only grows; its name ends in `_total`. The same name and labels give the same counter.
    package func counter(_ name: String, help: String, labels: Labels = [:]) -> Counter {
        precondition(name.hasSuffix("_total"), "the counter \(name) does not end in _total")
        let cell = cell(name, help, "counter", labels) { .counter(Counter()) }
        guard case .counter(let counter) = cell else { preconditionFailure("\(name) is no counter") }
        return counter
    }

    /// A number that goes up and down. The same name and labels give the same gauge.
    package func gauge(_ name: String, help: String, labels: Labels = [:]) -> Gauge {
        let cell = cell(name, help, "gauge", labels) { .gauge(Gauge()) }
        guard case .gauge(let gauge) = cell else { preconditionFailure("\(name) is no gauge") }
        return gauge
    }

    /// Shows a gauge no more: what it said is over. Who still has it sets it unseen.
    package func removeGauge(_ name: String, labels: Labels = [:]) {
        let key = Self.rendered(labels.map { ($0.key, $0.value) })
        families.withLock { families in
            guard families[name]?.type == "gauge" else { return }
            families[name]?.cells[key] = nil
            if families[name]?.cells.isEmpty == true { families[name] = nil }
        }
    }

    /// How values are spread; `bounds` are the upper ends of the buckets, ascending and without infinity.
    package func histogram(_ name: String, help: String, bounds: [Double], labels: Labels = [:]) -> Histogram {
        let cell = cell(name, help, "histogram", labels) { .histogram(Histogram(bounds: bounds)) }
        guard case .histogram(let histogram) = cell else { preconditionFailure("\(name) is no histogram") }
        return histogram
    }

    /// Everything as text, sorted by name and labels. *Source*: Prometheus, "Text-based format" 0.0.4.
    package func render() -> String {
        let snapshot = families.withLock { $0 }
        var text = ""
        for (name, family) in snapshot.sorted(by: { $0.key < $1.key }) {
            text += "# HELP \(name) \(Self.escapedHelp(family.help))\n# TYPE \(name) \(family.type)\n"
            for (labels, cell) in family.cells.sorted(by: { $0.key < $1.key }) {
                cell.render(name, labels, into: &text)
            }
        }
        return text
    }

    private func cell(
        _ name: String, _ help: String, _ type: String, _ labels: Labels, make: () -> Cell
    ) -> Cell {
        precondition(Self.isName(name), "\(name) is no metric name")
        let key = Self.rendered(labels.map { ($0.key, $0.value) })
        let overflowKey = Self.rendered(labels.map { ($0.key, "other") })
        return families.withLock { families in
            var family = families[name] ?? Family(help: help, type: type)
            let isFull = family.cells[key] == nil && family.cells.count >= seriesLimit
            let usedKey = isFull ? overflowKey : key
            if let found = family.cells[usedKey] { return found }
            let cell = make()
            family.cells[usedKey] = cell
            families[name] = family
            return cell
        }
    }

    private static func isName(_ name: String) -> Bool {
        guard let first = name.utf8.first, !(UInt8(ascii: "0")...UInt8(ascii: "9")).contains(first) else {
            return false
        }
        return name.unicodeScalars.allSatisfy { "abcdefghijklmnopqrstuvwxyz0123456789_".unicodeScalars.contains($0) }
    }

    private static func rendered(_ labels: [(String, String)]) -> String {
        for (name, _) in labels { precondition(isName(name) && name != "le", "\(name) is no label name") }
        return labels.map { "\($0.0)=\"\(escapedLabel($0.1))\"" }.joined(separator: ",")
    }

    private static func escapedLabel(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\\\"
            case "\"": result += "\\\""
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }

    private static func escapedHelp(_ text: String) -> String {
        text.unicodeScalars.reduce(into: "") { result, scalar in
            switch scalar {
            case "\\": result += "\\\\"
            case "\n": result += "\\n"
            default: result.unicodeScalars.append(scalar)
            }
        }
    }
}

private struct Family {
    let help: String
    let type: String
    /// By their labels as rendered: `source="bybit",kind="trade"`.
    var cells: [String: Cell] = [:]
}

private enum Cell {
    case counter(Counter)
    case gauge(Gauge)
    case histogram(Histogram)

    func render(_ name: String, _ labels: String, into text: inout String) {
        let braces = labels.isEmpty ? "" : "{\(labels)}"
        switch self {
        case .counter(let counter): text += "\(name)\(braces) \(counter.value)\n"
        case .gauge(let gauge): text += "\(name)\(braces) \(Self.number(gauge.value))\n"
        case .histogram(let histogram):
            let counts = histogram.snapshot
            let prefix = labels.isEmpty ? "" : labels + ","
            var below: UInt64 = 0
            for (bound, count) in zip(histogram.bounds + [.infinity], counts.buckets) {
                below += count
                text += "\(name)_bucket{\(prefix)le=\"\(Self.number(bound))\"} \(below)\n"
            }
            text += "\(name)_sum\(braces) \(Self.number(counts.sum))\n\(name)_count\(braces) \(below)\n"
        }
    }

    private static func number(_ value: Double) -> String {
        if value.isNaN { return "NaN" }
        if value.isInfinite { return value > 0 ? "+Inf" : "-Inf" }
        return Int64(exactly: value).map(String.init) ?? String(value)
    }
}
