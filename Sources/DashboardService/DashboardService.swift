package import HTTPServer
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The dashboard: the page, what is live, what the store holds, and what other services answer, over HTTP.
///
/// *Thread*: one calls `run`; the routes are the HTTP server's.
package struct DashboardService: Sendable {
    private let context: ServiceContext
    private let configuration: DashboardConfiguration
    private let page: StaticFiles
    private let history: HistoryRoutes

    /// Reads the page.
    /// - Throws: `HTTPServerError` where there is no page.
    package init(_ context: ServiceContext, _ configuration: DashboardConfiguration) throws {
        self.context = context
        self.configuration = configuration
        page = try PageFolder.files(in: configuration.pageFolder)
        history = try HistoryRoutes(context, store: configuration.store)
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
        limits.connections = UInt32(clamping: max(100, OpenFiles.raiseLimit() - 200))
        return limits
    }

    /// The page and everything under `/api` and `/udf`.
    package var routes: [HTTPRoute] { [HTTPRoute.files(page).withoutToken()] + history.routes }

    /// Runs until stop is requested.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        history.start()
        defer { history.close() }
        context.stop.wait()
    }
}
