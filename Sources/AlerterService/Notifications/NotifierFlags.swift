internal import NetClient
package import ServiceKit

/// The flags that say who is told of alerts.
package enum NotifierFlags {
    package static let webhook = Flag.uris(
        "webhook", help: "POST Alertmanager's payload (version 4) to these addresses",
        check: { HTTPClient.problem(inAddress: $0) })
    package static let alertmanager = Flag.uris(
        "alertmanager", help: "keep these Alertmanagers told, each by http://HOST:9093",
        check: { HTTPClient.problem(inAddress: $0) })
    package static let telegramChat = Flag.list(
        "telegram-chat", value: "ID", help: "send to these chats, by id or @name; needs the token of a bot",
        check: chatProblem)
    package static let telegramTokenFile = Flag.text(
        "telegram-token-file", value: "FILE",
        help: "file with the token of the Telegram bot; without it the variable CRYPTO_TELEGRAM_TOKEN")
    package static let telegramAPI = Flag.text(
        "telegram-api", value: "URL", default: "https://api.telegram.org",
        help: "where Telegram's Bot API answers: a server of your own, for one",
        check: { HTTPClient.problem(inAddress: $0) })
    package static let exec = Flag.text(
        "exec", value: "COMMAND",
        help: "run this by sh -c with the webhook's payload on standard input, for at most 30 s"
    ).secret
    package static let console = Flag.toggle("console", help: "print each notification as a line")
    package static let repeats = Flag.duration(
        "repeat", atLeastMs: 1000, orZero: true, default: "4h",
        help: "tell again after so long, and so on, what still fires; 0 = never")
    package static let stale = Flag.duration(
        "stale", atLeastMs: 1000, default: "1h",
        help: "tell nobody of changes that are older when they can first be told, after a stop for one")

    /// In the order of the help.
    package static let all: [any AnyFlag] = [
        webhook, alertmanager, telegramChat, telegramTokenFile, telegramAPI, exec, console, repeats, stale,
    ]

    private static func chatProblem(_ text: String) -> String? {
        let isNumber = Int64(text) != nil
        let isName = text.hasPrefix("@") && text.utf8.count > 1
        return isNumber || isName ? nil : "must be the id of a chat, such as -1001234567890, or @name of a channel"
    }
}
