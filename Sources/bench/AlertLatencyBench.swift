import AlerterService
import CryptoCore
import Glibc
import HTTPServer
import KafkaClient
import ServiceKit
import ServiceRuntime
import Synchronization
import System

/// `bench alert-latency`: how long an alert takes from the record that decides it to a webhook.
///
/// Ticks of many series come at a steady rate and are looked at by many rules; now and then one of them, or a minute, makes a rule fire or
/// ends it. The alerter is the real one, with its transactions and its notifier, on a real Kafka, and the webhook a server on the
/// loopback: all in one process on one clock. An alert's time begins when Kafka has acknowledged the record.
struct AlertLatencyBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "alert-latency", summary: "Measures the time from a record on Kafka to a webhook that hears of it.",
            flags: [rate, alerts, rules, seconds] + BenchTopic.flags,
            examples: [
                "bench alert-latency --brokers localhost:9092 --series 1000",
                "bench alert-latency --rate 20000 --alerts 50 --rules 10 --seconds 300",
            ]),
        run: { try AlertLatencyBench(topic: BenchTopic($0), settings: $0).run() })
    private static let rate = Flag.integer(
        "rate", 1...1_000_000, default: 2000, help: "ticks a second, all series together, that change no alert")
    private static let alerts = Flag.integer(
        "alerts", 1...1_000, default: 20, help: "alerts a second that begin or end, half of them by a minute")
    private static let rules = Flag.integer(
        "rules", 2...1_000, default: 100, help: "how many rules look at each series")
    private static let seconds = Flag.integer(
        "seconds", 5...86_400, default: 60, help: "how long to measure, after a warm-up")
    private static let warmUpMs: Int64 = 5_000
    private static let graceMs: Int64 = 2_000

    let topic: BenchTopic
    let settings: Settings

    private func run() throws {
        let stop = StopFlag()
        let flights = AlertFlights()
        let server = try WebServer(host: "127.0.0.1", port: 0, routes: [flights.route])
        let webhook = Thread(name: "webhook", stopping: stop) {
            while !stop.isRequested { try server.run(waitMs: 50) }
        }
        let alerter = try configuration(webhookPort: server.port)
        let groups = ["alerter"] + alerter.own.notifiers.names.map { "alerter-\($0)" }
        try topic.delete(ticks: true, groups: groups)
        defer { try? topic.delete(ticks: true, groups: groups) }
        let context = ServiceContext(
            service: "alerter", alerter.common, stop: stop, log: Log(service: "alerter", minimum: .warning))
        let service = AlerterService(context, alerter.own)
        let thread = Thread(name: "alerter", stopping: stop) { try service.run() }
        _ = stop.wait(ms: 60_000) { context.health.isReady }

        var traffic = try AlertTraffic(topic, alerts: settings[AlertLatencyBench.alerts], flights)
        let clock = SystemClock()
        let start = clock.monotonicMs() + AlertLatencyBench.warmUpMs
        let end = start + Int64(settings[AlertLatencyBench.seconds]) * 1000
        while clock.monotonicMs() < end, !stop.isRequested {
            try traffic.go(rate: settings[AlertLatencyBench.rate])
            flights.counts = clock.monotonicMs() >= start
        }
        flights.counts = false
        _ = stop.wait(ms: AlertLatencyBench.graceMs)
        stop.request()
        for thread in [webhook, thread] { if case .failed(let error) = thread.join(ms: 10_000) { throw error } }
        print(
            "alert-latency: \(settings[AlertLatencyBench.rate]) ticks/s, \(settings[BenchTopic.series]) series, "
                + "\(settings[AlertLatencyBench.rules]) rules, \(settings[AlertLatencyBench.alerts]) alerts/s")
        print("  acknowledged tick, to the webhook       \(flights.text(of: .tick))")
        print("  acknowledged minute, to the webhook     \(flights.text(of: .minute))")
        print("  alerts that the webhook did not hear of \(flights.missing)")
    }

    private func configuration(webhookPort: UInt16) throws -> Configured<AlerterConfiguration> {
        let path = "/tmp/bench-alert-latency-rules.json"
        guard let file = fopen(path, "w") else { throw SelfProcess.Failed(reason: "\(path) cannot be written") }
        let text = AlertLatencyBench.file(settings[AlertLatencyBench.rules])
        fwrite(text, 1, text.count, file)
        fclose(file)
        let parsed = CommandLineParser.parse(
            AlerterCommand.spec,
            arguments: topic.words + ["--rules", path, "--webhook", "http://127.0.0.1:\(webhookPort)/hook"],
            environment: [:], readFile: { _ in .absent })
        guard case .run(let configuration) = parsed else { throw WrongFlags(problem: "\(parsed)") }
        return configuration
    }

    private struct WrongFlags: Error, CustomStringConvertible {
        let problem: String
        var description: String { "the alerter does not take these flags: \(problem)" }
    }

    /// A rules file: two rules that fire, and others of five shapes that never do.
    private static func file(_ count: Int) -> [UInt8] {
        let others = (2..<count).map { n in
            let shapes = [
                "tick.price > 2000000 + \(n)", "change(tick.price, 1m) > \(1000000 + n)",
                "window.volume > 2000000 + \(n) and count(window.volume, 20m) >= 10", "trend.change_pct > \(1000 + n)",
                "indicators.rsi_14 < -\(n)",
            ]
            return #"{"alert":"R\#(n)","expr":"\#(shapes[n % 5])"}"#
        }
        let all =
            [
                #"{"alert":"\#(AlertFlights.Kind.tick.rule)","expr":"tick.price > 1000000"}"#,
                #"{"alert":"\#(AlertFlights.Kind.minute.rule)","expr":"window.volume > 1000000"}"#,
            ] + others
        return Array(#"{"groups":[{"name":"bench","rules":[\#(all.joined(separator: ","))]}]}"#.utf8)
    }
}
