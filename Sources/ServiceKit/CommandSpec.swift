package import System

/// A program: what it takes, and the configuration that it runs with, made of its settings in one place.
package struct CommandSpec<Configuration: Sendable>: Sendable {
    /// Gives what nobody gave and follows from other settings.
    package typealias Settle = @Sendable (inout Settings) -> Void
    /// What to do instead of running; nil when the settings ask nothing of that kind.
    package typealias Answering = @Sendable (Settings) throws(UsageError) -> Answer?
    /// Makes the configuration, or reports all that is wrong between flags that are each right by themselves, such as
    /// `--slide 7s: must divide a minute`.
    package typealias Configure = @Sendable (Settings) throws(UsageError) -> Configuration

    /// What it takes.
    package let usage: CommandUsage
    let settle: Settle?
    let answering: Answering?
    let configure: Configure

    /// Describes a program; the closures are called, in this order, only when every flag is right by itself.
    package init(
        _ usage: CommandUsage, settle: Settle? = nil, answering: Answering? = nil, configure: @escaping Configure
    ) {
        self.usage = usage
        self.settle = settle
        self.answering = answering
        self.configure = configure
    }
}

/// Does what a program was asked for instead of running: what to print at its end.
package typealias Answer = @Sendable (StopFlag) throws -> String

/// What a service runs with: what all services have, and its own.
package struct Configured<Own: Sendable>: Sendable {
    /// Kafka, the HTTP address, the log's level.
    package let common: CommonConfiguration
    /// What only this service has.
    package let own: Own
}

extension CommandSpec {
    /// Describes a service, whose own configuration `own` makes.
    package static func service<Own: Sendable>(
        _ usage: CommandUsage, settle: Settle? = nil, answering: Answering? = nil,
        own: @escaping @Sendable (Settings) throws(UsageError) -> Own
    ) -> CommandSpec where Configuration == Configured<Own> {
        CommandSpec(usage, settle: settle, answering: answering) { settings throws(UsageError) in
            Configured(common: CommonConfiguration(settings), own: try own(settings))
        }
    }
}
