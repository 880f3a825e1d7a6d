import CryptoCore
import Foundation
import HTTPServer
import KafkaClient
import ServiceKit
import ServiceRuntime
import System
import TestSupport

@testable import DashboardService

/// A whole dashboard on a seeded store and a Kafka of its own, without inference and alerter.
final class RunningDashboard {
    let store: SeededStore
    let dashboard: DashboardService
    let port: UInt16
    let broker: EmbeddedBroker
    private let monitoring: MonitoringEndpoint
    private let stop = StopFlag()
    private let thread: System.Thread

    init() throws {
        store = try SeededStore()
        try store.write(
            ticks: (0..<3_000).map { second in
                .trade(
                    "\(second)", price: 100 + Double(second % 700) / 8, side: second % 3 == 0 ? .sell : .buy,
                    at: SeededStore.noon + Int64(second) * 1_000)
            })
        try store.write([.gap(SeededStore.noon + 600_500..<SeededStore.noon + 640_000)])
        let broker = try EmbeddedBroker()
        try broker.createTopics(Topic.allCases.map { $0.name(prefix: "crypto") }, partitions: 1)
        self.broker = broker
        let result = CommandLineParser.parse(
            DashboardCommand.spec,
            arguments: ["--store", store.location, "--brokers", broker.bootstrap, "--http", "127.0.0.1:0"],
            environment: [:], readFile: { _ in .absent })
        guard case .run(let settings) = result else { throw Failure("\(result)") }
        var configuration = settings.own
        (configuration.inference, configuration.alerter, configuration.services) = (nil, nil, [])
        let context = ServiceContext(
            service: "dashboard", settings.common, stop: stop, log: Log(service: "test", minimum: .error))
        let dashboard = try DashboardService(context, configuration)
        self.dashboard = dashboard
        monitoring = try MonitoringEndpoint(
            context, routes: dashboard.routes, policy: dashboard.policy, limits: DashboardService.limits)
        port = monitoring.port
        thread = System.Thread(name: "dashboard") { try dashboard.run() }
        try waitFor("the store", seconds: 20) { try self.answer("/api/store").body.contains(#""state":"ready""#) }
    }

    deinit {
        stop.request()
        monitoring.close()
        _ = thread.join(ms: 5_000)
    }

    var address: String { "http://127.0.0.1:\(port)" }

    func answer(_ path: String, _ method: String = "GET", body: String = "") throws -> LoopbackHTTP.Answer {
        guard let answer = LoopbackHTTP.answer(method, path, port: port, body: body, waitMs: 20_000) else {
            throw Failure("no answer to \(path)")
        }
        return answer
    }
}
