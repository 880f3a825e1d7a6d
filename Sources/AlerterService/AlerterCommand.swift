internal import CryptoCore
package import ServiceKit
internal import ServiceRuntime

/// The command line of the alerter.
package enum AlerterCommand {
    /// What `alerter --help` describes.
    package static let spec = CommandSpec.service(
        CommandUsage(
            name: "alerter",
            summary: "Looks at every record by rules, and says once when one begins to fire and once when it ends.",
            flags: AlerterFlags.all + AlerterFlags.questions + reset.flags + CommonFlags.all(httpPort: 9104),
            verbs: [CommandVerb("test", gives: [("RULES", AlerterFlags.rules), ("FILE", AlerterFlags.test)])],
            examples: [
                "alerter --rules config/alerts.json",
                "alerter --alertmanager http://localhost:9093 --webhook https://example.com/hook --console",
                "alerter --telegram-chat -1001234567890 --telegram-token-file token.txt --send-test",
                "alerter --silence 'symbol=\"BTC-USDT\"' --for 2h",
                "alerter --check config/alerts.json",
                "alerter test config/alerts.json ticks.jsonl.gz",
                "alerter --from beginning --brokers kafka-1:9092 --instance alerter-0",
            ]),
        answering: { settings throws(UsageError) in
            if let file = settings[AlerterFlags.check] { return { _ in try RulesSource.check(file) } }
            if let file = settings[AlerterFlags.test] { return try test(settings[AlerterFlags.rules], file) }
            if settings[AlerterFlags.sendTest] { return try TestMessage.answer(settings) }
            if let answer = try SilenceCommand.answer(settings) { return answer }
            return try reset.answer(settings) { settings throws(UsageError) in
                let configuration = try AlerterConfiguration(settings)
                return { AlertStream($0, configuration, AlertBoard()) }
            }
        },
        own: { settings throws(UsageError) in try AlerterConfiguration(settings) })

    private static let reset = ResetQuestion(of: "alerter", "so that the alerter starts anew")

    private static func test(_ rules: String, _ file: String) throws(UsageError) -> Answer {
        let set = try RulesSource.rules(of: rules)
        return { stop in
            var replay = RuleReplay(set) { print($0.line) }
            return try replay.run(file, stop)
        }
    }
}
