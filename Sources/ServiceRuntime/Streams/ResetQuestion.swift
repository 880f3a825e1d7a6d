package import ServiceKit
internal import System

/// `--reset` and `--yes` of a stream service's own program: what mends topics, state and offsets that do not fit together.
package struct ResetQuestion: Sendable {
    private let service: String
    private let reset: Flag<Bool>
    private let yes = Flag.toggle("yes", help: "with --reset: do not ask").question

    /// - Parameters:
    ///   - service: its name.
    ///   - outcome: what follows, for the help: "so that the processor starts anew".
    package init(of service: String, _ outcome: String) {
        self.service = service
        reset =
            Flag.toggle(
                "reset",
                help: """
                    add partitions to topics that have fewer than the others, and where state and offsets do not fit delete both, \
                    \(outcome); says what it will do, asks, and ends
                    """
            ).question
    }

    /// In the order of the help.
    package var flags: [any AnyFlag] { [reset, yes] }

    /// What to do instead of running; nil when nobody asks for it.
    /// - Parameter stream: makes the service of which the topics and the state are.
    package func answer<Stream: StreamService>(
        _ settings: Settings,
        _ stream: (Settings) throws(UsageError) -> @Sendable (ServiceContext) -> Stream
    ) throws(UsageError) -> Answer? {
        guard settings[reset] else {
            if settings[yes] { throw UsageError("--yes: belongs to --reset") }
            return nil
        }
        let (service, common, asks) = (service, CommonConfiguration(settings), !settings[yes])
        let stream = try stream(settings)
        return { stop in
            // What goes wrong is this command's error, with librdkafka's reason in it.
            let log = Log(service: service, minimum: .error)
            let context = ServiceContext(service: service, common, stop: stop, log: log)
            return try StateReset(context, stream(context), asks: asks).run()
        }
    }
}
