internal import CryptoCore
internal import System

/// Where notifications go.
enum NotifierTarget: Equatable, Sendable {
    case webhook(url: String)
    /// A server: `http://HOST:9093`.
    case alertmanager(url: String)
    /// A chat, by its id or `@name`; `api` is where the Bot API answers.
    case telegram(chat: String, token: BotToken, api: String)
    /// What `sh -c` runs.
    case command(String)
    /// Standard output.
    case console

    /// A Telegram bot's token, which nobody is to see.
    struct BotToken: Equatable, Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
        fileprivate let text: String

        /// Nil where the text is no token: digits, a colon, and letters, digits, `_` or `-`.
        init?(_ text: String) {
            let parts = text.split(separator: ":", omittingEmptySubsequences: false)
            guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }),
                parts[0].utf8.allSatisfy({ (0x30...0x39).contains($0) }),
                parts[1].allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "_" || $0 == "-") })
            else { return nil }
            self.text = text
        }

        var description: String { Secrets.mask }
        var debugDescription: String { Secrets.mask }
        var customMirror: Mirror { Mirror(reflecting: Secrets.mask) }
    }

    /// Whether it is told again and again what fires.
    var isRefreshed: Bool { if case .alertmanager = self { true } else { false } }

    var kind: String {
        switch self {
        case .webhook: "webhook"
        case .alertmanager: "alertmanager"
        case .telegram: "telegram"
        case .command: "command"
        case .console: "console"
        }
    }

    /// What names it in groups, metrics and logs: its kind and a hash, since addresses may hold secrets.
    var name: String {
        let words: [String] =
            switch self {
            case .webhook(let url), .alertmanager(let url): [url]
            // Another token of the same bot is the same chat.
            case .telegram(let chat, _, let api): [chat, api]
            case .command(let words): [words]
            case .console: []
            }
        if words.isEmpty { return kind }
        let hash = Array(words.joined(separator: "\n").utf8).withUnsafeBytes { SHA256.text($0) }
        return "\(kind)-\(hash.prefix(8))"
    }

    /// The same for a person, with what may be secret left out: an address ends behind its host.
    var shown: String {
        switch self {
        case .webhook(let url), .alertmanager(let url): NotifierTarget.host(of: url)
        case .telegram(let chat, _, _): "chat \(chat)"
        case .command: "a command"
        case .console: "standard output"
        }
    }

    /// The text without what is secret of this target: receivers repeat in their answers what they were asked for.
    func masking(_ text: String) -> String {
        let secrets: [String] =
            switch self {
            case .webhook(let url), .alertmanager(let url): NotifierTarget.secrets(of: url)
            case .telegram(_, let token, let api): [token.text] + NotifierTarget.secrets(of: api)
            case .command, .console: []
            }
        // What holds another one goes first.
        let ordered = secrets.sorted { ($1.utf8.count, $0) < ($0.utf8.count, $1) }
        return Secrets.masking(ordered.reduce(text) { $0.replacing($1, with: Secrets.mask) })
    }

    /// What of an address may be a secret: all behind the host, its query, and each longer piece of it, as it stands and decoded.
    private static func secrets(of url: String) -> [String] {
        let rest = url.dropFirst(host(of: url).count)
        let pieces = [rest, rest.drop { $0 != "?" }.dropFirst()] + rest.split { "/?&=".contains($0) }
        return pieces.filter { $0.utf8.count >= secretBytes }.flatMap { piece in
            let text = String(piece)
            return [text, Array(text.utf8).withUnsafeBytes { PercentText.lenient($0) }]
        }
    }

    /// Shorter pieces of an address are words. *Units*: bytes.
    private static let secretBytes = 6

    /// Where to POST messages of this bot.
    static func sendMessageURL(api: String, _ token: BotToken) -> String {
        var base = Substring(api)
        while base.hasSuffix("/") { base = base.dropLast() }
        return "\(base)/bot\(token.text)/sendMessage"
    }

    private static func host(of url: String) -> String {
        guard let mark = url.firstRange(of: "://") else { return "" }
        return String(url[..<mark.upperBound] + url[mark.upperBound...].prefix { $0 != "/" && $0 != "?" })
    }
}
