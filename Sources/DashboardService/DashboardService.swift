package import CryptoCore
package import HTTPServer
internal import ServiceKit
package import ServiceRuntime
internal import Synchronization
internal import System

/// The dashboard: the page, what is live, what the store holds, and what other services answer, over HTTP.
///
/// *Thread*: one calls `run`; the routes are the HTTP server's.
package struct DashboardService: Sendable {
    /// Topics that it reads, each from its end on or from its beginning.
    package static let inputs = LiveReader.fromEnd + LiveReader.fromBeginning
    /// How far back the store's minutes are shown beside live prices, the hour before included. *Units*: ms.
    private static let pastMs: Int64 = 25 * 3_600_000

    private let context: ServiceContext
    private let configuration: DashboardConfiguration
    private let topics: [Topic]
    private let page: StaticFiles
    private let view = LiveView()
    private let history: HistoryRoutes
    private let neighbours: Neighbours

    /// Reads the page.
    /// - Parameter topics: those that there are; the broker inside `pipeline` may have fewer.
    /// - Throws: `HTTPServerError` where there is no page; a store that cannot be read.
    package init(
        _ context: ServiceContext, _ configuration: DashboardConfiguration, topics: [Topic] = DashboardService.inputs
    ) throws {
        self.context = context
        self.configuration = configuration
        self.topics = topics
        page = try PageFolder.files(in: configuration.pageFolder)
        history = try HistoryRoutes(context, store: configuration.store) { [view] in view.series }
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
        let answered =
            LiveRoutes(view: view).routes + history.apiRoutes
            + NeighbourRoutes(
                neighbours: neighbours, inference: configuration.inference, alerter: configuration.alerter
            ).routes
        let all = answered.map(\.route) + [OpenAPI.route(answered)]
        return all.map { $0.compressed() } + [HTTPRoute.files(page).withoutToken()]
    }

    /// Runs until stop is requested.
    /// - Throws: when the process must be restarted: a fatal Kafka error, for one.
    package func run() throws {
        history.start()
        defer { history.close() }
        let asking = Thread(name: "neighbours", stopping: context.stop) { [neighbours] in neighbours.run() }
        let reading = Thread(name: "live", stopping: context.stop) { [context, view, topics] in
            try LiveReader(context, view, topics: topics).run()
        }
        tell()
        view.stream.finish()
        _ = Thread.joinAll([asking, reading], ms: 3_000)
        if case .failed(let error) = reading.join(ms: 0) { throw error }
    }

    /// Tells what changed, until stop is requested; shows what the store has of the last day as soon as it can be read.
    private func tell() {
        let clock = SystemClock()
        let past = PastWalk()
        while !context.stop.isRequested {
            let state = history.state
            view.note { $0.store = state.json }
            if state.kind == .ready, past.isDue(at: clock.monotonicMs()) { show(past, clock.wallMs()) }
            view.publish(now: clock.wallMs())
            context.stop.wait(ms: LiveView.eventMs)
        }
    }

    private func show(_ past: PastWalk, _ now: Int64) {
        history.minutes(from: now - DashboardService.pastMs, to: now + 3_600_000) { [view] series, minutes in
            view.change { $0.addHistory(series, minutes) }
        } end: { [context] problem in
            if let problem {
                past.failed()
                context.log.warning("the last day is not shown whole, and is asked for again", ["error": problem])
            }
        }
    }
}

/// Whether the store's last day was asked for: once, and again a while after it could not be told. *Thread*: any.
private final class PastWalk: Sendable {
    private static let pauseMs: Int64 = 5_000
    private struct State {
        var isAsked = false
        var nextMs: Int64 = .min
    }
    private let state = Mutex(State())

    func isDue(at nowMs: Int64) -> Bool {
        state.withLock { state in
            guard !state.isAsked, nowMs >= state.nextMs else { return false }
            (state.isAsked, state.nextMs) = (true, nowMs + PastWalk.pauseMs)
            return true
        }
    }

    func failed() { state.withLock { $0.isAsked = false } }
}

extension StoreState {
    /// As a JSON object.
    var json: String {
        var json = JSONWriter(reservingBytes: 256)
        write(to: &json)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
