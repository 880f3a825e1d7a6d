internal import CryptoCore

/// Counts what a recording holds that becomes no tick, by what it is: `frames of www.bitstamp.net`, `binance aggTrade`.
struct UnusedFrames: Sendable, Equatable {
    /// Kinds that are told apart; bounds memory for hostile recordings.
    private static let kindLimit = 50

    private(set) var counts: [String: Int] = [:]

    mutating func note(_ kind: String) {
        let kind = kind.utf8.count <= 256 ? kind : String(kind.prefix(80))
        let isKnown = counts[kind] != nil || counts.count < UnusedFrames.kindLimit
        counts[isKnown ? kind : "others", default: 0] += 1
    }

    mutating func add(_ other: UnusedFrames) {
        for (kind, count) in other.counts { counts[kind, default: 0] += count }
    }

    /// `12 frames of www.bitstamp.net, 3 binance aggTrade`: the most frequent first; empty when there was nothing.
    var text: String {
        counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            .joined(separator: ", ")
    }

    /// What a frame calls itself: its channel, topic, event or type, without the market in it where that can be told.
    static func kind(of frame: RawSpan) -> String {
        var names: [String: String] = [:]
        do throws(DecodeError) {
            var scanner = JSONScanner()
            guard try scanner.peek(frame) == .object else { return "array" }
            try read(&scanner, frame, &names, depth: 0)
        } catch {
            return "unreadable"
        }
        let stream = names["stream"].flatMap { $0.split(separator: "@").dropFirst().first.map(String.init) }
        let topic = names["topic"].flatMap { $0.split { $0 == "." || $0 == ":" }.first.map(String.init) }
        let name = names["e"] ?? stream ?? topic ?? names["channel"] ?? names["type"] ?? names["event"] ?? names["op"]
        guard let name else { return "without a channel, a topic or a type" }
        return name == "aggTrade" ? "aggTrade (sums of trades, not trades)" : name
    }

    /// Reads the texts of an object, and of the objects in it that name what it is about.
    private static func read(
        _ scanner: inout JSONScanner, _ frame: RawSpan, _ names: inout [String: String], depth: Int
    ) throws(DecodeError) {
        try scanner.enterObject(frame)
        while let key = try scanner.nextKey(frame) {
            let kind = try scanner.peek(frame)
            if kind == .string {
                let value = try scanner.string(frame)
                if names.count < 32 {
                    names[key.string(in: frame)] = names[key.string(in: frame)] ?? plain(value, frame)
                }
            } else if kind == .object, depth == 0, key.equals("data", in: frame) || key.equals("arg", in: frame) {
                try read(&scanner, frame, &names, depth: 1)
            } else {
                try scanner.skipValue(frame)
            }
        }
    }

    /// At most 40 characters that no log line stumbles over.
    private static func plain(_ text: JSONText, _ frame: RawSpan) -> String {
        String(
            text.string(in: frame).unicodeScalars.filter {
                $0.properties.isAlphabetic || "0123456789@._:/- ".unicodeScalars.contains($0)
            }.prefix(40).map(Character.init))
    }
}
