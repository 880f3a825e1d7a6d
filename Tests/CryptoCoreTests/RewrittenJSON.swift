import Foundation
import TestSupport

extension SplitMix64 {
    /// The same flat object in other words: members in another order, white space, escapes, fields nobody knows, nested ones too.
    mutating func rewritten(_ record: [UInt8]) -> [UInt8] {
        var members: [String] = []
        // Found by Foundation's parser, not ours.
        let object = (try? JSONSerialization.jsonObject(with: Data(record))) as? [String: Any] ?? [:]
        for name in object.keys.sorted() {
            members.append(escaped(name) + space() + ":" + space() + value(name, object[name], record))
        }
        for _ in 0..<int(0...3) {
            members.append(
                "\"x\(next() % 100)\":"
                    + pick(["1", "null", "\"é\\n\"", "{\"price\":[1,{\"kind\":{}}]}", "[]", "-0.5e-7", "[[\"}\"]]"]))
        }
        members.shuffle(using: &self)
        var text = space() + "{"
        for (i, member) in members.enumerated() { text += (i > 0 ? "," : "") + space() + member + space() }
        return (text + "}" + space()).bytes
    }

    private mutating func space() -> String { chance(0.7) ? "" : pick([" ", "\n", "\t\r ", "  "]) }

    private mutating func value(_ name: String, _ value: Any?, _ record: [UInt8]) -> String {
        if let text = value as? String { return escaped(text) }
        // A number or a flag keeps its own text: Foundation's digits are not to be trusted.
        let text = String(decoding: record, as: UTF8.self)
        guard let start = text.range(of: "\"\(name)\":")?.upperBound else { return "null" }
        return String(text[start...].prefix { $0 != "," && $0 != "}" })
    }

    /// A string literal in which any character may be written as an escape.
    private mutating func escaped(_ text: String) -> String {
        var literal = "\""
        for unit in text.unicodeScalars {
            if unit.value < 0x20 || unit == "\"" || unit == "\\" || chance(0.1) {
                for half in String(unit).utf16 { literal += String(format: chance(0.5) ? "\\u%04x" : "\\u%04X", half) }
            } else {
                literal.unicodeScalars.append(unit)
            }
        }
        return literal + "\""
    }
}
