internal import CryptoCore
internal import Glibc
package import ServiceKit

/// Who is told of alerts, and how often.
package struct NotifierSettings: Sendable {
    /// The variable that the token is read from where no file is named.
    private static let tokenVariable = "CRYPTO_TELEGRAM_TOKEN"

    var targets: [NotifierTarget] = []
    /// After how long people are told again. *Units*: ms; 0: never.
    var repeatMs: Int64 = 4 * 3_600_000
    /// Changes older than this when they could first be told are not. *Units*: ms.
    var staleMs: Int64 = 3_600_000
    /// How often Alertmanager is told what fires. *Units*: ms.
    var refreshMs: Int64 = 60_000
    /// For how long it is told what is resolved; Prometheus has the same. *Units*: ms.
    var resolvedMs: Int64 = 15 * 60_000
    /// The name as a static member of each notifier's group; nil: it is none.
    var instance: String?

    /// Nobody is told.
    package init() {}

    init(targets: [NotifierTarget]) { self.targets = targets }

    /// Reads the token's file, too.
    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings) throws(UsageError) {
        repeatMs = settings[NotifierFlags.repeats]
        staleMs = settings[NotifierFlags.stale]
        instance = settings[CommonFlags.instance]
        targets = settings[NotifierFlags.webhook].map { .webhook(url: $0) }
        targets += settings[NotifierFlags.alertmanager].map { .alertmanager(url: $0) }
        let chats = settings[NotifierFlags.telegramChat]
        if !chats.isEmpty {
            let token = try NotifierSettings.token(settings[NotifierFlags.telegramTokenFile])
            let api = settings[NotifierFlags.telegramAPI]
            targets += chats.map { .telegram(chat: $0, token: token, api: api) }
        }
        if let words = settings[NotifierFlags.exec] { targets.append(.command(words)) }
        if settings[NotifierFlags.console] { targets.append(.console) }
        for (index, target) in targets.enumerated() where targets[..<index].contains(target) {
            throw UsageError(["--\(target.flag): \(target.shown) is named twice"])
        }
    }

    /// What names each notifier in groups and metrics.
    package var names: [String] { targets.map(\.name) }

    /// Whether anybody is to be told.
    package var hasTargets: Bool { !targets.isEmpty }

    private static func token(_ file: String?) throws(UsageError) -> NotifierTarget.BotToken {
        let text: String
        if let file {
            text = try FileContent.text(of: file, flag: "telegram-token-file")
        } else if let value = getenv(tokenVariable) {
            text = String(cString: value)
        } else {
            throw UsageError([
                "--telegram-chat needs the token of a bot: --telegram-token-file FILE, or the variable \(tokenVariable)"
            ])
        }
        guard let token = NotifierTarget.BotToken(String(Substring(text).trimming(" \t\r\n"))) else {
            // The text may be a token that somebody copied badly: it is not shown.
            let place = file ?? "the variable \(tokenVariable)"
            throw UsageError(["\(place) holds no token of a Telegram bot, which looks like 123456:ABC-DEF"])
        }
        return token
    }
}

extension NotifierTarget {
    /// The flag that names it.
    fileprivate var flag: String {
        switch self {
        case .webhook, .alertmanager, .console: kind
        case .telegram: "telegram-chat"
        case .command: "exec"
        }
    }
}

extension NotifierSettings {
    func manner(of target: NotifierTarget) -> NotificationSchedule.Manner {
        if case .alertmanager = target {
            return .refresh(everyMs: refreshMs, resolvedMs: resolvedMs)
        }
        return .message(repeatMs: repeatMs, staleMs: staleMs)
    }
}
