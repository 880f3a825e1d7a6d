internal import CryptoCore
internal import DashboardService
internal import Glibc
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime
internal import SinkService
internal import System

/// The dashboard beside the pipeline's stages: on its store and its broker, at an address of its own. Nobody waits for what it reads.
struct PageServer {
    /// How long it may take to end.
    private static let stopMs: Int64 = 4_000

    private let context: ServiceContext
    private let endpoint: MonitoringEndpoint
    private let thread: Thread

    /// Listens, and begins.
    /// - Parameter services: where the other services of the process answer.
    /// - Returns: nil where it cannot be had and nobody asked for its address: then the rest runs without.
    /// - Throws: why it cannot be had, where somebody did.
    init?(_ configuration: PipelineConfiguration, in context: ServiceContext, servicesAt services: HostPort) throws {
        guard let page = configuration.page else { return nil }
        // It ends with a stop request, beside the stages.
        let context = context.sharing(service: "dashboard", stop: context.stop)
        // Who listens everywhere is reached here.
        let host = ["0.0.0.0", "::"].contains(services.host) ? "127.0.0.1" : services.host
        var settings = page.dashboard
        settings.find(
            servicesAt: "http://\(HostPort(host: host, port: services.port))",
            hasModels: configuration.inference != nil,
            hasRules: configuration.alerter != nil)
        // The first of the sink's stores that can be read.
        settings.store = configuration.sink.stores.first { !$0.hasPrefix("csv:") }
        let topics = configuration.topics.filter { DashboardService.inputs.contains($0) }
        do {
            let dashboard = try DashboardService(context, settings, topics: topics)
            endpoint = try PageServer.listen(page, context, dashboard)
            thread = Thread(name: "dashboard") {
                do {
                    try dashboard.run()
                } catch {
                    context.log.error("the page is live no more", ["error": "\(error)"])
                    context.notReady("page", because: "\(error)")
                }
            }
        } catch  where !page.isChosen {
            context.log.warning("there is no page", ["error": "\(error)"])
            return nil
        }
        self.context = context
        print("The page: http://\(HostPort(host: page.address.host, port: endpoint.port))")
        fflush(nil)  // into a pipe it would wait for a full buffer
    }

    /// Ends it: clients are told, what is asked is answered.
    func close() {
        context.stop.request()
        _ = thread.join(ms: PageServer.stopMs)
        endpoint.close()
    }

    private static func listen(
        _ page: PageChoice, _ context: ServiceContext, _ dashboard: DashboardService
    ) throws -> MonitoringEndpoint {
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
