internal import Foundation

/// What a client said, as JSON.
struct ClientText {
    private let object: [String: Any]

    init?(_ text: String) {
        guard let object = try? JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any] else {
            return nil
        }
        self.object = object
    }

    subscript(_ key: String) -> String? { object[key] as? String }
    func list(_ key: String) -> [String] { object[key] as? [String] ?? [] }
    func objects(_ key: String) -> [ClientText] { (object[key] as? [[String: Any]] ?? []).map { ClientText($0) } }
    func inside(_ key: String) -> ClientText? { (object[key] as? [String: Any]).map { ClientText($0) } }
    func bool(_ key: String) -> Bool? { object[key] as? Bool }

    /// A member as JSON, to be sent back; nil where there is none.
    func echo(_ key: String) -> String? {
        guard let value = object[key] else { return nil }
        return (try? JSONSerialization.data(withJSONObject: value, options: .fragmentsAllowed)).map {
            String(decoding: $0, as: UTF8.self)
        }
    }

    private init(_ object: [String: Any]) { self.object = object }
}

extension LoopbackRequest {
    /// A value of the query, percent signs undone.
    func parameter(_ name: String) -> String? {
        for pair in query.split(separator: "&") where pair.hasPrefix(name + "=") {
            return String(pair.dropFirst(name.count + 1)).removingPercentEncoding
        }
        return nil
    }
}

extension Market {
    /// The place of a symbol, whatever a venue makes of its name.
    func place(_ name: String, _ naming: (String) -> String) -> Int? { symbols.firstIndex { naming($0) == name } }

    /// Base and quote.
    static func parts(_ symbol: String) -> (base: String, quote: String) {
        let dash = symbol.lastIndex(of: "-") ?? symbol.endIndex
        return (String(symbol[..<dash]), String(symbol[dash...].dropFirst()))
    }
}
