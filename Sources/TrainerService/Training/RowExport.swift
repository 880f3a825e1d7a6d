internal import CryptoCore

/// Rows as comma-separated values: series and time where they are known, the features, the target.
///
/// Features are the float32 values that the forest sees, in the shortest form that reads back to them; unknown ones are empty.
struct RowExport {
    let rows: RowTable

    /// How much is given at once, about.
    private static let pieceBytes = 1 << 20

    /// Calls `body` with the text, piece by piece.
    func forEachPiece<Failure: Error>(_ body: ([UInt8]) throws(Failure) -> Void) throws(Failure) {
        var text: [UInt8] = []
        text.reserveCapacity(RowExport.pieceBytes + 4096)
        let known = rows.times.isEmpty ? [] : ["series", "event_time"]
        text.append(contentsOf: (known + rows.names + ["target"]).joined(separator: ",").utf8)
        text.append(10)
        let series = rows.series.map { Array("\(RowExport.cell($0)),".utf8) }
        for row in 0..<rows.count {
            if !rows.times.isEmpty {
                text.append(contentsOf: series[Int(rows.seriesIndex[row])])
                text.append(contentsOf: "\(rows.times[row]),".utf8)
            }
            for column in rows.columns {
                if !column[row].isNaN { text.append(contentsOf: "\(column[row])".utf8) }
                text.append(UInt8(ascii: ","))
            }
            text.append(UInt8(ascii: "0") + rows.targets[row])
            text.append(10)
            guard text.count >= RowExport.pieceBytes else { continue }
            try body(text)
            text.removeAll(keepingCapacity: true)
        }
        try body(text)
    }

    /// A text as a cell: in quotes where it holds what ends one. *Source*: RFC 4180.
    static func cell(_ text: String) -> String {
        let isPlain = text.utf8.allSatisfy { ![UInt8(ascii: ","), UInt8(ascii: "\""), 10, 13].contains($0) }
        if isPlain { return text }
        return "\"" + text.split(separator: "\"", omittingEmptySubsequences: false).joined(separator: "\"\"") + "\""
    }
}
