package import CryptoCore
package import HTTPServer
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The dashboard: the page, what is live, what the store holds, and what other services answer, over HTTP.
///
/// *Thread*: one calls `run`; the routes are the HTTP server's.
package struct DashboardService: Sendable {
    /// Topics that it reads, each from its end on or from its beginning.
    package static let inputs = LiveReader.fromEnd + LiveReader.fromBeginning

    private let context: ServiceContext
    private let topics: [Topic]
    private let page: StaticFiles
    private let view = LiveView()
    private let neighbours: Neighbours
    private let configuration: DashboardConfiguration

    /// Reads the page.
    /// - Parameter topics: those that there are; the broker inside `pipeline` may have fewer.
    /// - Throws: `HTTPServerError` where there is no page.
    package init(
        _ context: ServiceContext, _ configuration: DashboardConfiguration, topics: [Topic] = DashboardService.inputs
    ) throws {
        self.context = context
        self.configuration = configuration
        self.topics = topics
        page = try PageFolder.files(in: configuration.pageFolder)
        neighbours = Neighbours(context, configuration.services) { [view] health in view.note { $0.services = health } }
    }

    /// Whom it answers: on loopback those that call it by its name; with a token those that give it.
    package var policy: HTTPPolicy {
        var policy = HTTPPolicy()
        policy.token = configuration.token
        return policy
    }

    /// How much clients may ask for: as many connections as the system lets a process have.
    package static var limits: WebServer.Limits {
        var limits = WebServer.Limits()
        limits.bodyBytes = 4 << 20
        limits.connections = UInt32(clamping: max(100, OpenFiles.raiseLimit() - 200))
        return limits
    }

    /// The page and everything under `/api` and `/udf`.
    package var routes: [HTTPRoute] {
        LiveRoutes(view: view).routes
            + NeighbourRoutes(
                neighbours: neighbours, inference: configuration.inference, alerter: configuration.alerter
            ).routes
            + [OpenAPI.route, HTTPRoute.files(page).withoutToken()]
    }

    /// Runs until stop is requested.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        let asking = Thread(name: "neighbours", stopping: context.stop) { [neighbours] in neighbours.run() }
        defer { _ = asking.join(ms: 1_000) }
        defer { view.stream.finish() }
        try LiveReader(context, view, topics: topics).run()
    }
}
