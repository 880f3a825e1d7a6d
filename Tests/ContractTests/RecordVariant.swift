import CryptoCore
import Foundation
import TestSupport

/// One line of `Fixtures/variants.txt`: a record's text, and whether schema and decoder accept it.
struct RecordVariant {
    var line: Int
    var base: String
    var text: [UInt8]
    var isValid: Bool
    var isDecodable: Bool
    /// Why the two differ.
    var reason: String?

    /// The schema's name.
    var schema: String { ["trade", "quote", "gap"].contains(base) ? "tick" : base }

    static func all() throws -> [RecordVariant] {
        let file = SharedData.packageRoot.appendingPathComponent("Tests/ContractTests/Fixtures/variants.txt")
        var bases: [String: String] = [:]
        var variants: [RecordVariant] = []
        for (index, line) in try String(contentsOf: file, encoding: .utf8).components(separatedBy: "\n").enumerated() {
            if line.isEmpty || line.hasPrefix("#") { continue }
            if line.hasPrefix("base ") {
                let words = line.split(separator: " ", maxSplits: 2).map(String.init)
                bases[words[1]] = words[2]
                continue
            }
            let columns = line.components(separatedBy: " | ")
            guard columns.count >= 5, let base = bases[columns[0]] else { throw BadLine(number: index + 1) }
            let (find, replacement) = (columns[3], columns[4] == "(nothing)" ? "" : columns[4])
            guard find.isEmpty || base.contains(find) else { throw BadLine(number: index + 1) }
            let text = find.isEmpty ? replacement : base.replacingOccurrences(of: find, with: replacement)
            variants.append(
                RecordVariant(
                    line: index + 1, base: columns[0], text: Array(text.utf8), isValid: columns[1] == "yes",
                    isDecodable: columns[2] == "yes", reason: columns.count > 5 ? columns[5] : nil))
        }
        return variants
    }

    /// Whether our decoder takes it.
    func decodes() -> Bool {
        do {
            switch base {
            case "window": _ = try WindowAggregate(decoding: text.span.bytes)
            case "trend": _ = try Trend(decoding: text.span.bytes)
            case "indicators": _ = try Indicators(decoding: text.span.bytes)
            case "alert": _ = try Alert(decoding: text.span.bytes)
            case "prediction": _ = try Prediction(decoding: text.span.bytes)
            case "score": _ = try Score(decoding: text.span.bytes)
            case "silence": _ = try Silence(decoding: text.span.bytes)
            case "late": _ = try LateTick(decoding: text.span.bytes)
            default: _ = try Tick(decoding: text.span.bytes)
            }
            return true
        } catch {
            return false
        }
    }

    struct BadLine: Error { var number: Int }
}
