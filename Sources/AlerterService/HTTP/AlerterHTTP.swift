package import HTTPServer
package import ServiceRuntime

/// What the alerter answers over HTTP beside health and metrics: which alerts there are, silences, test messages.
///
/// It is made before the alerter runs, which fills it. *Thread*: any.
package final class AlerterHTTP: Sendable {
    let alerts = AlertBoard()
    /// What `crypto.silences` says.
    let silences: SilenceBoard
    let desk: SilenceDesk
    private let tests: TestRoute

    /// - Parameter notifiers: who is told of alerts, and of test messages.
    package init(_ notifiers: NotifierSettings) {
        silences = SilenceBoard()
        desk = SilenceDesk(silences)
        tests = TestRoute(notifiers)
    }

    /// `/alerts`, `/silences` and `/test`; `context` is the alerter's, or that of its process.
    package func routes(_ context: ServiceContext) -> [HTTPRoute] {
        [alerts.route, tests.route(context)] + SilenceRoutes(board: silences, desk: desk).routes
    }
}
