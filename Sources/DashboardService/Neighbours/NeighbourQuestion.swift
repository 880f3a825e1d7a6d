internal import HTTPServer
internal import NetClient

/// What a client of the dashboard wants of another service: the request that goes there, and where the answer goes.
struct NeighbourQuestion: Sendable {
    let name: String
    let request: NetClient.HTTPRequest
    let answer: PendingAnswer
}
