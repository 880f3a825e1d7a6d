internal import AlerterService
internal import CryptoCore
internal import DashboardService
internal import InferenceService
internal import ProcessorService
internal import ProducerService
package import ServiceKit
internal import ServiceRuntime
internal import SinkService

/// What the pipeline runs with: the configuration of each service, and where the stream flows.
package struct PipelineConfiguration: Sendable {
    /// Where the sample goes when nobody says.
    static let sampleStore = "sqlite:crypto-sample.db"

    var producer: ProducerConfiguration
    var processor: ProcessorConfiguration
    /// Nil: without models.
    var inference: InferenceConfiguration?
    /// Nil: without rules.
    var alerter: AlerterConfiguration?
    var sink: SinkConfiguration
    /// Nil: without a page.
    var page: PageChoice?
    /// Whether the broker inside is used, and no real Kafka.
    var isEmbedded: Bool
    /// Topics of the stream. On the broker inside those of models and rules are there only where there are such: each costs its
    /// readers something, used or not.
    var topics: [Topic] {
        guard isEmbedded, alerter == nil else { return Topic.allCases }
        let unused = inference == nil ? ["alerter", "inference"] : ["alerter"]
        return Topic.allCases.filter { topic in !unused.contains { [$0] == topic.writers } }
    }
    /// Where other programs find the broker inside; 0: any that is free.
    var kafkaPort: UInt16
    /// Whether somebody said which ticks there are to be, or where they are to go.
    var hasWishes: Bool

    /// - Throws: what in the settings does not fit together, of all services.
    package init(_ settings: Settings) throws(UsageError) {
        var problems: [String] = []
        func made<Part>(_ make: (Settings) throws(UsageError) -> Part) -> Part? {
            do throws(UsageError) { return try make(settings) } catch {
                problems += error.problems
                return nil
            }
        }
        let producer = made(ProducerConfiguration.init)
        let processor = made(ProcessorConfiguration.init)
        let sink = made(SinkConfiguration.init)
        // What is replayed is predicted from its beginning on.
        let beginning: StreamStart = producer?.canWait == true ? .beginning : .end
        let hasModels = settings[PipelineFlags.models] != nil
        inference =
            hasModels
            ? made { settings throws(UsageError) in try InferenceConfiguration(settings, beginning: beginning) } : nil
        if let file = settings[PipelineFlags.rules] {
            alerter = made { settings throws(UsageError) in
                var alerter = try AlerterConfiguration(
                    rules: file, beginning: beginning, instance: settings[CommonFlags.instance],
                    partitions: settings[CommonFlags.partitions])
                alerter.notifiers = try NotifierSettings(settings)
                return alerter
            }
        }
        for flag in PipelineFlags.ofRules
        where settings[PipelineFlags.rules] == nil && settings.source(of: flag) != .builtIn {
            problems.append("--\(flag.spec.name): does nothing without --rules FILE, the rules of alerts")
        }
        for flag in PipelineFlags.ofPage
        where settings[PipelineFlags.page] == PageChoice.off && settings.source(of: flag) != .builtIn {
            problems.append("--\(flag.spec.name): does nothing beside --page off: leave one out")
        }
        for flag in PipelineFlags.ofModels where !hasModels && settings.source(of: flag) != .builtIn {
            problems.append("--\(flag.spec.name): does nothing without --models DIR, the folder of the models")
        }
        let page = made { settings throws(UsageError) in try PageChoice(settings) } ?? nil
        guard problems.isEmpty, let producer, let processor, let sink else { throw UsageError(problems) }
        self.producer = producer
        self.processor = processor
        self.sink = sink
        self.page = page
        isEmbedded = settings[PipelineFlags.brokers] == nil
        kafkaPort = UInt16(settings[PipelineFlags.kafkaPort])
        hasWishes = PipelineFlags.wishes.contains { settings.source(of: $0) != .builtIn }
    }

    /// The same with the sample in place of an exchange, in a database of its own.
    func playingSample() -> PipelineConfiguration {
        var copy = self
        copy.producer.playsSample = true
        copy.sink.stores = [PipelineConfiguration.sampleStore]
        return copy
    }
}
