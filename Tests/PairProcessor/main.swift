internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime

/// What `pair-processor` runs with.
struct PairConfiguration: Sendable {
    static let waits = Flag.toggle(
        "wait", help: "wait for a topic that has nothing to read, so that the order is that of the logs")

    let instance: String?
    let quietInputs: QuietInputs

    init(_ settings: Settings) {
        instance = settings[CommonFlags.instance]
        quietInputs = settings[PairConfiguration.waits] ? .wait : .goOn
    }
}

let usage = CommandUsage(
    name: "pair-processor", summary: "Writes the last price of each series beside its last window: a test's service.",
    flags: [CommonFlags.instance, PairConfiguration.waits] + CommonFlags.all(httpPort: 0))

runMain(CommandSpec.service(usage, own: { settings throws(UsageError) in PairConfiguration(settings) })) {
    configuration, stop, log in
    let context = ServiceContext(service: "pair", configuration.common, stop: stop, log: log)
    let monitoring = try MonitoringEndpoint(context)
    defer { monitoring.close() }
    let stream = PairStream(context, quietInputs: configuration.own.quietInputs)
    try StreamProcessor(context, stream, instance: configuration.own.instance).run()
}
