internal import CryptoCore
package import HTTPServer
internal import ServiceKit
internal import System

/// `/health/live`, `/health/ready` and `/metrics` of a process, served by a thread of its own until it is stopped.
package final class MonitoringEndpoint: Sendable {
    private let stop = StopFlag()
    private let thread: Thread
    /// Where it listens.
    package let port: UInt16

    /// Listens at the address of `--http`; `routes` are served beside the usual ones.
    /// - Throws: `HTTPServerError` when the address cannot be had.
    package init(_ context: ServiceContext, routes: [HTTPRoute] = []) throws {
        let address = context.common.http
        let health = context.health
        let metrics = context.metrics
        let server = try WebServer(
            host: address.host, port: address.port,
            routes: routes + [
                HTTPRoute("GET", "/health/live") { _ in MonitoringEndpoint.response(health.live()) },
                HTTPRoute("GET", "/health/ready") { _ in MonitoringEndpoint.response(health.readiness()) },
                HTTPRoute("GET", "/metrics") { _ in
                    HTTPResponse(contentType: Metrics.contentType, body: Array(metrics.render().utf8))
                },
            ])
        port = server.port
        let stop = stop
        thread = Thread(name: "http") {
            while !stop.isRequested { try server.run(waitMs: 100) }
        }
        context.log.info("listening", ["http": "http://\(HostPort(host: address.host, port: server.port))"])
    }

    /// Stops serving and waits for the thread.
    package func close() {
        stop.request()
        _ = thread.join(ms: 1_000)
    }

    private static func response(_ report: Health.Report) -> HTTPResponse {
        .json(report.body, status: report.status)
    }
}
