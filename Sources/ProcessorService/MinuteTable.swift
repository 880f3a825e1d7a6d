internal import CryptoCore
internal import ServiceKit

/// The tables of `--console`: one for each minute that became final, a line a series.
struct MinuteTable {
    private var windows: [Int64: [WindowAggregate]] = [:]
    private var directions: [Int64: [Series: Direction]] = [:]
    private var indicators: [Int64: [Series: Indicators]] = [:]

    /// Looks at the records of a batch that was committed.
    mutating func add(_ batch: OutputBatch) {
        for record in batch.records {
            let bytes = batch.valueBytes.span.bytes.extracting(record.value)
            switch record.topic {
            case .tumbling:
                guard let window = try? WindowAggregate(decoding: bytes) else { continue }
                windows[window.windowEnd, default: []].append(window)
            case .trends:
                guard let trend = try? Trend(decoding: bytes) else { continue }
                directions[trend.asOf, default: [:]][trend.series] = trend.direction
            case .indicators:
                guard let record = try? Indicators(decoding: bytes) else { continue }
                indicators[record.asOf, default: [:]][record.series] = record
            default: continue
            }
        }
    }

    /// The tables of the minutes added since the last call, oldest first.
    mutating func render() -> String {
        var text = ""
        for end in windows.keys.sorted() {
            let rows = windows[end, default: []].sorted { $0.series.description < $1.series.description }
            text += table(rows, end)
        }
        windows.removeAll(keepingCapacity: true)
        directions.removeAll(keepingCapacity: true)
        indicators.removeAll(keepingCapacity: true)
        return text
    }

    private func table(_ rows: [WindowAggregate], _ end: Int64) -> String {
        let header = ["series", "ticks", "amount", "volume", "average price", "RSI", "MACD histogram", "trend"]
        let cells = rows.map { row in
            let indicators = indicators[end]?[row.series]
            return [
                row.series.description, String(row.count), MinuteTable.text(row.amount), MinuteTable.text(row.volume),
                MinuteTable.text(row.averagePrice), indicators?.rsi14.map { MinuteTable.text($0.rounded()) } ?? "",
                indicators?.macdHistogram.map(MinuteTable.text) ?? "", MinuteTable.arrow(directions[end]?[row.series]),
            ]
        }
        let widths = header.indices.map { i in ([header] + cells).map { $0[i].count }.max() ?? 0 }
        func line(_ cells: [String]) -> String {
            cells.enumerated().map { i, cell in
                let padding = String(repeating: " ", count: widths[i] - cell.count)
                return i == 0 || i == cells.count - 1 ? cell + padding : padding + cell
            }.joined(separator: "  ") + "\n"
        }
        let title = "minute to \(UTCTime.text(ms: end).prefix(16).replacing("T", with: " ")) UTC\n"
        return title + line(header) + cells.map { line($0) }.joined() + "\n"
    }

    /// A number to six significant digits or cents, whichever is more.
    static func text(_ value: Double) -> String {
        var scale = 100.0
        while scale < 1e8, value.magnitude * scale < 100_000 { scale *= 10 }
        let scaled = (value * scale).rounded()
        guard scaled.magnitude < 1e15 else { return "\(value)" }
        let text = "\(scaled / scale)"
        return text.hasSuffix(".0") ? String(text.dropLast(2)) : text
    }

    /// Nothing where the direction is unknown.
    static func arrow(_ direction: Direction?) -> String {
        switch direction {
        case nil: ""
        case .up: "▲ up"
        case .down: "▼ down"
        case .flat: "▬ flat"
        }
    }
}
