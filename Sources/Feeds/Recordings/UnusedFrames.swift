internal import CryptoCore

/// Counts what a recording holds that becomes no tick, by what it is: `frames of www.bitstamp.net`, `binance aggTrade`.
struct UnusedFrames: Sendable, Equatable {
    /// Kinds that are told apart; bounds memory for hostile recordings.
    private static let kindLimit = 50

    private(set) var counts: [String: Int] = [:]
    /// Answers to our requests, and heartbeats: every recording has some.
    var answers = 0

    mutating func note(_ kind: String) {
        let kind = kind.utf8.count <= 256 ? kind : String(kind.prefix(80))
        let isKnown = counts[kind] != nil || counts.count < UnusedFrames.kindLimit
        counts[isKnown ? kind : "others", default: 0] += 1
    }

    mutating func add(_ other: UnusedFrames) {
        for (kind, count) in other.counts { counts[kind, default: 0] += count }
        answers += other.answers
    }

    /// `12 frames of www.bitstamp.net, 3 binance aggTrade`: the most frequent first. Answers and heartbeats are told where there is
    /// nothing else.
    var text: String {
        if counts.isEmpty, answers > 0 { return "\(answers) answers and heartbeats" }
        return counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }.map { "\($0.value) \($0.key)" }
            .joined(separator: ", ")
    }

    /// What a frame calls itself: its channel, topic, event or type, without the market in it where that can be told.
    static func kind(of frame: RawSpan) -> String {
        guard let members = try? JSONMembers(frame) else { return "unreadable" }
        if members.isArray { return "array" }
        func name(_ key: StaticString) -> String? { text(key, members, frame) }
        let stream = name("stream").flatMap { $0.split(separator: "@").dropFirst().first.map(String.init) }
        let topic = name("topic").flatMap { $0.split { $0 == "." || $0 == ":" }.first.map(String.init) }
        let found = name("e") ?? stream ?? topic ?? name("channel") ?? name("type") ?? name("event") ?? name("op")
        guard let found else { return "without a channel, a topic or a type" }
        return found == "aggTrade" ? "aggTrade (sums of trades, not trades)" : found
    }

    /// A text of the frame, or of an object in it that names what it is about: at most 40 characters that no log line stumbles over.
    private static func text(_ key: StaticString, _ members: JSONMembers, _ frame: RawSpan) -> String? {
        if let text = members.text(key, frame) {
            let letters = text.string(in: frame).unicodeScalars.filter {
                $0.properties.isAlphabetic || "0123456789@._:/- ".unicodeScalars.contains($0)
            }
            return String(letters.prefix(40).map(Character.init))
        }
        for outer in ["data", "arg"] as [StaticString] {
            guard let place = members.value(outer, frame) else { continue }
            let inner = frame.extracting(place.offset..<place.offset + place.count)
            if let members = try? JSONMembers(inner), let text = text(key, members, inner) { return text }
        }
        return nil
    }
}
