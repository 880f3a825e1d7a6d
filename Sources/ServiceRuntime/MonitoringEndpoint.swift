internal import CryptoCore
package import HTTPServer
package import ServiceKit
internal import System

/// `/health/live`, `/health/ready` and `/metrics` of a process, and what else it serves, by a thread of its own until it is stopped.
package final class MonitoringEndpoint: Sendable {
    /// How long answers that are under way may take when the service ends.
    private static let graceMs: Int64 = 1_000

    private let stop = StopFlag()
    private let thread: Thread
    /// Where it listens.
    package let port: UInt16

    /// Listens; `routes` are served beside the usual ones.
    /// - Parameters:
    ///   - address: where; nil: at that of `--http`.
    ///   - policy: whom it answers, beside the names of `--hosts`; the health probes need no token.
    /// - Throws: `HTTPServerError` when the address cannot be had.
    package init(
        _ context: ServiceContext, at address: HostPort? = nil, routes: [HTTPRoute] = [],
        policy: HTTPPolicy = HTTPPolicy(), limits: WebServer.Limits = WebServer.Limits()
    ) throws {
        let address = address ?? context.common.http
        var policy = policy
        policy.names += context.common.hosts
        let server = try WebServer(
            host: address.host, port: address.port, routes: routes + MonitoringEndpoint.routes(context),
            policy: policy, limits: limits)
        port = server.port
        let stop = stop
        thread = Thread(name: "http") {
            var metrics = HTTPMetrics(context, server.statistics)
            while !stop.isRequested {
                try server.run(waitMs: 100)
                metrics.note(server.statistics)
            }
            try server.stop(withinMs: MonitoringEndpoint.graceMs)
        }
        context.log.info("listening", ["http": "http://\(HostPort(host: address.host, port: server.port))"])
    }

    /// Takes no new clients, ends the answers that are under way and waits for the thread.
    package func close() {
        stop.request()
        _ = thread.join(ms: MonitoringEndpoint.graceMs + 500)
    }

    private static func routes(_ context: ServiceContext) -> [HTTPRoute] {
        let health = context.health
        let metrics = context.metrics
        return [
            HTTPRoute.get("/health/live") { _ in response(health.live()) }.withoutToken(),
            HTTPRoute.get("/health/ready") { _ in response(health.readiness()) }.withoutToken(),
            HTTPRoute.get("/metrics") { _ in
                HTTPResponse(
                    contentType: Metrics.contentType, body: Array((metrics.render() + ProcessMetrics.render()).utf8))
            }.withoutToken(),
        ]
    }

    private static func response(_ report: Health.Report) -> HTTPResponse {
        .json(report.body, status: report.status)
    }
}
