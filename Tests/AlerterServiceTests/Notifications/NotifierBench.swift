import CryptoCore
import Foundation
import KafkaClient
import ServiceKit
import ServiceRuntime
import Synchronization
import System
import TestSupport
import Testing

@testable import AlerterService

/// An embedded broker with alerts and silences on it, and notifications that come and go.
final class NotifierBench {
    let broker: EmbeddedBroker
    private let producer: KafkaProducer
    private(set) var context: ServiceContext?
    private(set) var running: Notifications?
    private var monitoring: MonitoringEndpoint?
    /// Where it answers over HTTP.
    var port: UInt16 { monitoring?.port ?? 0 }
    /// What was logged.
    let lines = Monitor<[String]>([])

    init() throws {
        broker = try EmbeddedBroker()
        try broker.createTopics([Topic.alerts, .silences].map { $0.name(prefix: "crypto") }, partitions: 2)
        producer = try KafkaProducer(broker.configuration, onLog: { _, _, _ in })
    }

    func start(_ settings: NotifierSettings, membership: Membership = .group) throws {
        let arguments = [
            "--brokers", broker.bootstrap, "--http", "127.0.0.1:0", "--kafka-config", "session.timeout.ms=3000",
            "heartbeat.interval.ms=300",
        ]
        let spec = CommandSpec<Configured<NotifierSettings>>.service(
            CommandUsage(
                name: "alerter", summary: "", flags: NotifierFlags.all + CommonFlags.all(httpPort: 0), examples: []),
            own: { settings throws(UsageError) in try NotifierSettings(settings) })
        guard
            case .run(let configuration) = CommandLineParser.parse(
                spec, arguments: arguments, environment: [:], readFile: { _ in .absent })
        else { throw TestSupport.Failure("bad arguments") }
        let log = Log(service: "test", minimum: .warning) { [lines] line in lines.change { $0.append(line) } }
        let context = ServiceContext(service: "alerter", configuration.common, stop: StopFlag(), log: log)
        let http = AlerterHTTP(settings)
        let running = Notifications(context, settings, desk: http.desk, membership: membership)
        (self.context, self.running) = (context, running)
        monitoring = try MonitoringEndpoint(context, routes: http.routes(context))
        running.start()
    }

    func stop() throws {
        context?.stop.request()
        try running?.close()
        running = nil
        monitoring?.close()
        monitoring = nil
    }

    deinit { try? stop() }

    // MARK: Records

    func send(_ alert: Alert) throws { try send(.alerts, key: alert.series.description, AlertMaker.bytes(alert)) }

    func send(_ name: String, _ state: Alert.State, since: Int64 = AlertMaker.noon) throws {
        try send(AlertMaker.alert(name, state, since: since))
    }

    func send(_ topic: Topic, key: String, _ value: [UInt8]?) throws {
        let target = try producer.topic(topic.name(prefix: "crypto"))
        let headers = RecordHeaders(topic.headers)
        while !(try producer.produce(topic: target, key: Array(key.utf8), value: value, headers: headers)) {
            producer.serve(waitMs: 10)
        }
        // A producer whose broker was away tries again after up to ten seconds.
        #expect(try producer.flush(timeoutMs: 60_000))
    }

    func silence(_ matchers: String) throws {
        let now = SystemClock().wallMs()
        let silence = Silence(id: "s", matchers: matchers, from: now - 1_000, until: now + 3_600_000, by: "test")
        try send(.silences, key: "s", AlertMaker.bytes(silence))
    }

    // MARK: What is shown

    /// The sum of a counter over its labels.
    func count(_ name: String, _ label: String = "") -> Int {
        let lines = (context?.metrics.render() ?? "").split(separator: "\n").filter { line in
            line.hasPrefix("cryptostream_alerter_\(name){") && (label.isEmpty || line.contains(label))
        }
        return lines.reduce(0) { $0 + Int(Double($1.split(separator: " ").last ?? "") ?? .infinity) }
    }
}
