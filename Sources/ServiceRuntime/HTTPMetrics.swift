package import HTTPServer
internal import ServiceKit

/// What a process serves over HTTP, as metrics: `cryptostream_<service>_http_...`. *Thread*: the one that runs the server.
package struct HTTPMetrics {
    private let connections: Gauge
    private let eventClients: Gauge
    private let cut: Counter
    /// By route and class, as the statistics have them; made when there is something to count.
    private var requests: [Counter?]
    private let make: (_ route: String, _ status: String) -> Counter
    private var last: HTTPStatistics

    /// Makes the metrics, named after the service of the context.
    package init(_ context: ServiceContext, _ now: HTTPStatistics) {
        let metrics = context.metrics
        let name = "cryptostream_\(context.service)_http"
        connections = metrics.gauge("\(name)_connections", help: "Connections that are open")
        eventClients = metrics.gauge("\(name)_event_clients", help: "Clients that listen to events")
        cut = metrics.counter(
            "\(name)_cut_event_clients_total",
            help: "Clients that were cut off as they did not read what they asked for")
        requests = [Counter?](repeating: nil, count: now.answers.count)
        make = { route, status in
            metrics.counter(
                "cryptostream_\(context.service)_http_requests_total", help: "Requests answered",
                labels: ["route": route, "status": status])
        }
        last = now
    }

    /// Takes what the server knows. *Complexity*: linear in the routes, no allocation once each has answered.
    package mutating func note(_ now: HTTPStatistics) {
        connections.set(now.connections)
        eventClients.set(now.eventClients)
        cut.add(Int(now.cutEventClients - last.cutEventClients))
        let classes = HTTPStatistics.classes.count
        for index in now.answers.indices where now.answers[index] != last.answers[index] {
            let counter = requests[index] ?? make(now.routes[index / classes], HTTPStatistics.classes[index % classes])
            requests[index] = counter
            counter.add(Int(now.answers[index] - last.answers[index]))
        }
        last = now
    }
}
