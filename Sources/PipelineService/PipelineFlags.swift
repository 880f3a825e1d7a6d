internal import AlerterService
internal import DashboardService
internal import InferenceService
internal import ProcessorService
internal import ProducerService
internal import ServiceKit
internal import SinkService

/// The flags of all services, with what fits one machine as defaults.
enum PipelineFlags {
    /// None: the broker inside.
    static let brokers = Flag.text(
        "brokers", value: "HOST:PORT,...", help: "a real Kafka in place of the broker inside"
    ).common
    static let partitions = Flag.integer(
        "partitions", 1...10_000,
        help: "partitions of the topics that are made at start (default: 4 inside, 12 on a real Kafka)"
    ).common
    static let kafkaPort = Flag.integer(
        "kafka-port", 0...65_535, value: "PORT", default: 0,
        help: "the port of 127.0.0.1 where other programs find the broker inside; 0: any that is free"
    ).common
    /// Nil: no models.
    static let models = Flag.text(
        "models", value: "DIR",
        help: "predict ticks, and answer over HTTP, with the models in there; those to come are waited for")
    /// Nil: no alerts.
    static let rules = Flag.text(
        "rules", value: "FILE",
        help: """
            look at every record by the rules of this file, as alerter does; with --console, too, a line for each notification
            """)
    /// Those that need `--rules`; `--console` is of the processor as well.
    static let ofRules: [any AnyFlag] = NotifierFlags.all.filter { $0.spec.name != NotifierFlags.console.spec.name }
    /// Nil: at the usual address, or a free port of it.
    static let page = Flag.text(
        "page", value: "HOST:PORT",
        help:
            "where the dashboard's page answers (default: 127.0.0.1:8501, another port where that is taken); off: no page",
        check: PageChoice.problem)
    /// What the page has beside its address.
    static let ofPage: [any AnyFlag] = [DashboardFlags.tokenFile, DashboardFlags.page]
    /// Those that need `--models`.
    static let ofModels: [any AnyFlag] = [
        InferenceFlags.standard, InferenceFlags.stream, InferenceFlags.noStream, InferenceFlags.maxAge,
        InferenceFlags.shadow,
    ]
    private static let source = ProducerFlags.source.with(
        default: "bybit",
        help: """
            \(ProducerFlags.source.spec.help); when none of --source, --symbols, --endpoint, --backfill, --record, --brokers and \
            --store is given and bybit cannot be reached at the start, --sample; what was asked for is waited for
            """)
    private static let store = SinkFlags.store.with(
        default: "sqlite:crypto.db", help: "\(SinkFlags.store.spec.help); of --sample: sqlite:crypto-sample.db")

    /// In the order of the help.
    static var all: [any AnyFlag] {
        let services =
            ProducerFlags.all + ProducerCommand.questions + ProcessorFlags.all + [models] + ofModels + [rules]
            + ofRules + [page] + ofPage + SinkFlags.all
        let own: [any AnyFlag] = [brokers, partitions, source, store]
        return [kafkaPort]
            + (services + CommonFlags.all(httpPort: 9100)).map { flag in
                own.first { $0.spec.name == flag.spec.name } ?? flag
            }
    }

    /// Whoever gives one of these wants certain ticks, or keeps what comes: that is waited for, however long it takes.
    static let wishes: [any AnyFlag] = ProducerFlags.wishes + [brokers, SinkFlags.store]
}
