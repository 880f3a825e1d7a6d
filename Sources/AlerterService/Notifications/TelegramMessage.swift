internal import CryptoCore

/// What a Telegram chat is sent, and what its answers say.
///
/// *Source*: Telegram, "Bot API" (core.telegram.org/bots/api): "Making requests", "sendMessage", "HTML style", "ResponseParameters".
enum TelegramMessage {
    /// A message has at most 4096 characters once its marks are read. *Units*: characters of each of our texts.
    private static let textLimit = 800

    /// The body of `sendMessage`: chat ids as text, since those of groups are longer than what some JSON readers keep of a number.
    static func json(_ change: AlertChange, chat: String) -> [UInt8] {
        var json = JSONWriter()
        json.beginObject()
        json.field("chat_id", chat)
        json.field("parse_mode", "HTML")
        json.field("disable_web_page_preview", true)
        json.field("text", html(change))
        json.endObject()
        return json.bytes
    }

    static func html(_ change: AlertChange) -> String {
        let alert = change.alert
        var lines = [
            "\(change.isFiring ? "🔴 <b>FIRING</b>" : "🟢 <b>RESOLVED</b>") <b>\(escaped(alert.rule))</b>",
            "<code>\(escaped(alert.series.description))</code>",
        ]
        if let summary = alert.summary { lines.append(escaped(summary)) }
        if let value = alert.value { lines.append("value \(Alert.text(value))") }
        let labels = alert.labels.sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }.joined(separator: " ")
        if !labels.isEmpty { lines.append("<i>\(escaped(labels))</i>") }
        lines.append("since \(Alert.time(alert.since))")
        if !change.isFiring { lines.append("until \(Alert.time(alert.asOf))") }
        return lines.joined(separator: "\n")
    }

    /// Text that HTML mode shows as it is, cut where it is too long.
    static func escaped(_ text: String) -> String {
        let shown = text.count > textLimit ? text.prefix(textLimit - 1) + "…" : text
        var result = ""
        for character in shown {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            default: result.append(character)
            }
        }
        return result
    }

    /// What an answer that is no success says: `{"ok":false,"error_code":429,"description":…,"parameters":{"retry_after":5}}`.
    struct Problem: Equatable {
        var description: String?
        /// *Units*: seconds.
        var retryAfter: Int64?
        /// The chat is another one now.
        var newChat: Int64?

        /// What can be read of it; an answer that is something else says nothing.
        init(_ body: [UInt8]) {
            var scanner = JSONScanner()
            try? read(&scanner, body.span.bytes)
        }

        private mutating func read(_ scanner: inout JSONScanner, _ bytes: RawSpan) throws(DecodeError) {
            try scanner.enterObject(bytes)
            while let key = try scanner.nextKey(bytes) {
                switch key.string(in: bytes) {
                case "description": description = try scanner.string(bytes).string(in: bytes)
                case "parameters": try read(&scanner, bytes)
                case "retry_after": retryAfter = try scanner.integer(bytes)
                case "migrate_to_chat_id": newChat = try scanner.integer(bytes)
                default: try scanner.skipValue(bytes)
                }
            }
        }

        /// Whether it is about the chat or what the bot may do there, which somebody can mend, and not about the message.
        var isOfTheChat: Bool {
            guard newChat == nil else { return true }
            let words = (description ?? "").lowercased()
            return !words.contains("entities") && ["chat", "rights", "peer_id"].contains { words.contains($0) }
        }

        /// For the log, with the way to mend what can be mended.
        var text: String {
            let description = description ?? "no words"
            if let newChat { return "\(description): the chat is \(newChat) now: --telegram-chat \(newChat)" }
            if description.contains("chat not found") {
                return "\(description): write to the bot first, or add it to the group, and look at --telegram-chat"
            }
            if description == "Unauthorized" || description == "Not Found" {
                return "\(description): the token is not one of a bot: look at --telegram-token-file"
            }
            return description
        }
    }
}
