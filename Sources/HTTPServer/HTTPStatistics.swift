/// What a server has done so far. *Thread*: the one that runs the server.
package struct HTTPStatistics: Sendable, Equatable {
    /// The classes of a status: `1xx` is none that a client gets as an answer.
    package static let classes = ["2xx", "3xx", "4xx", "5xx"]

    /// Paths of the routes as they were given; the last one, `none`, stands for requests that no route answers.
    package let routes: [String]
    /// Answers by route and class: route × 4 + class. What libmicrohttpd itself refuses, as no HTTP, is not counted.
    package private(set) var answers: [UInt64]
    /// Clients that listen to events now.
    package internal(set) var eventClients = 0
    /// Clients that were cut off since they did not read what they asked for.
    package internal(set) var cutEventClients: UInt64 = 0
    /// Connections that are open now.
    package internal(set) var connections = 0

    init(routes: [String]) {
        self.routes = routes + ["none"]
        answers = [UInt64](repeating: 0, count: self.routes.count * HTTPStatistics.classes.count)
    }

    mutating func count(route: Int?, status: UInt32) {
        let number = min(max(Int(status) / 100 - 2, 0), HTTPStatistics.classes.count - 1)
        answers[(route ?? routes.count - 1) * HTTPStatistics.classes.count + number] += 1
    }
}
