package import CryptoCore
package import HTTPServer
package import ServiceRuntime

/// What the alerter answers over HTTP beside health and metrics: which alerts there are, rules, silences, test messages.
///
/// It is made before the alerter runs, which fills it. *Thread*: any.
package final class AlerterHTTP: Sendable {
    let alerts = AlertBoard()
    /// What `crypto.silences` says.
    let silences: SilenceBoard
    let desk: SilenceDesk
    private let tests: TestRoute
    private let rules: HTTPRoute

    /// - Parameters:
    ///   - notifiers: who is told of alerts, and of test messages.
    ///   - rules: what is looked for.
    package init(_ notifiers: NotifierSettings, rules: RuleSet = RuleSet([])) {
        silences = SilenceBoard()
        desk = SilenceDesk(silences)
        tests = TestRoute(notifiers)
        self.rules = RulesRoute.route(rules)
    }

    /// `/alerts`, `/rules`, `/silences` and `/test`; `context` is the alerter's, or that of its process.
    package func routes(_ context: ServiceContext) -> [HTTPRoute] {
        [alerts.route, rules, tests.route(context)] + SilenceRoutes(board: silences, desk: desk).routes
    }
}
