internal import CryptoCore
internal import DashboardService
internal import Glibc
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime
internal import SinkService
internal import Synchronization
internal import System

/// The port at which the other services of the process answer, once there is one.
final class ServicesPort: Sendable {
    private let port = Atomic<UInt16>(0)

    func set(_ port: UInt16) { self.port.store(port, ordering: .releasing) }
    var value: UInt16 { port.load(ordering: .acquiring) }
}

/// The dashboard as a part of the pipeline: on its store and its broker, at an address of its own.
struct PageServer: Sendable {
    private let page: PageChoice
    private let topics: [Topic]
    private let store: String?
    private let servicesPort: ServicesPort
    private let hasModels: Bool
    private let hasRules: Bool

    /// The first of the sink's stores that can be read is the page's history.
    init(_ page: PageChoice, _ configuration: PipelineConfiguration, servicesPort: ServicesPort) {
        self.page = page
        topics = configuration.topics.filter { DashboardService.inputs.contains($0) }
        store = configuration.sink.stores.first { !$0.hasPrefix("csv:") }
        hasModels = configuration.inference != nil
        hasRules = configuration.alerter != nil
        self.servicesPort = servicesPort
    }

    /// Runs until stop is requested. Where the page cannot be had and nobody asked for its address, the rest runs without.
    /// - Throws: where somebody did.
    func run(_ context: ServiceContext) throws {
        let configuration = try DashboardConfiguration(
            page.settings, store: store, servicesAt: "http://\(services(context.common.http.host))",
            hasModels: hasModels,
            hasRules: hasRules)
        let dashboard: DashboardService
        let endpoint: MonitoringEndpoint
        do {
            dashboard = try DashboardService(context, configuration, topics: topics)
            endpoint = try listen(context, dashboard)
        } catch  where !page.isChosen {
            context.log.warning("there is no page", ["error": "\(error)"])
            context.ready("kafka", remark: "not asked: there is no page")
            return context.stop.wait()
        }
        defer { endpoint.close() }
        print("The page: http://\(HostPort(host: page.address.host, port: endpoint.port))")
        fflush(nil)  // into a pipe it would wait for a full buffer
        try dashboard.run()
    }

    /// Where the other services answer; who listens everywhere is reached here.
    private func services(_ host: String) -> HostPort {
        HostPort(host: ["0.0.0.0", "::"].contains(host) ? "127.0.0.1" : host, port: servicesPort.value)
    }

    private func listen(_ context: ServiceContext, _ dashboard: DashboardService) throws -> MonitoringEndpoint {
        func endpoint(_ address: HostPort) throws -> MonitoringEndpoint {
            try MonitoringEndpoint(
                context, at: address, routes: dashboard.routes, policy: dashboard.policy,
                limits: DashboardService.limits)
        }
        do {
            return try endpoint(page.address)
        } catch  where !page.isChosen {
            return try endpoint(HostPort(host: page.address.host, port: 0))
        }
    }
}
