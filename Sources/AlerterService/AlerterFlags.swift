package import ServiceKit
internal import ServiceRuntime

/// The flags that only the alerter has.
package enum AlerterFlags {
    package static let rules = Flag.text(
        "rules", value: "FILE", default: "config/alerts.json",
        help: "the rules, as JSON in Prometheus's shape")
    static let from = Flag.choice(
        "from", among: StreamStart.allCases, default: .end,
        help: "where topics are begun by a group without offsets; beginning: for replays")
    static let memory = Flag.bytes(
        "memory", default: "1GiB",
        help: """
            what may be remembered of all markets, an equal part for each partition: the records that the rules' ranges reach back to; beyond \
            it ranges are null and new markets are not looked at, and the metrics say so
            """)
    static let check = Flag.text(
        "check", value: "FILE",
        help: "say what is wrong with a rules file, by line and column; exit 64 where something is"
    ).question
    static let test = Flag.text(
        "test", value: "FILE",
        help: "replay ticks or minutes, a JSON record a line (.gz too), and print the alerts of --rules"
    ).question
    static let sendTest = Flag.toggle(
        "send-test",
        help: "send a made-up alert to everybody who is told of alerts, and say who took it; exit 1 where one did not"
    ).question

    /// In the order of the help.
    package static let all: [any AnyFlag] = [rules, from, memory, CommonFlags.instance] + NotifierFlags.all
    static let questions: [any AnyFlag] = [check, test, sendTest] + SilenceCommand.all
}
