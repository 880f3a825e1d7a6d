import CryptoCore
import Glibc
import KafkaClient
import ServiceKit
import System

/// `bench dashboard`: what the dashboard takes for what people do with it, beside Streamlit on the same store.
///
/// The dashboard is the program itself, in a process of its own, on a broker inside this one, and so is Streamlit with
/// `Tests/DashboardPeer/streamlit_app.py`; each part is a run of both.
struct DashboardBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "dashboard", summary: "Measures the dashboard: history, events, CPU and its page, beside Streamlit.",
            flags: [parts, store, mongoDB, reads, clients, seconds, python],
            examples: [
                "bench dashboard",
                "bench dashboard --python .build/venv-dashboard/bin/python --parts history live page",
                "bench dashboard --python .build/venv-dashboard/bin/python --parts mongodb --mongodb mongodb://127.0.0.1:27017/bench",
            ]),
        run: { try DashboardBench(settings: $0).run() })
    private static let parts = Flag.choices(
        "parts", among: Part.allCases, value: "PART", default: [.history, .events, .idle],
        help: "what to measure; mongodb wants --mongodb and --python, live and page want --python")
    private static let store = Flag.text(
        "store", value: "URI", default: "sqlite:bench-dashboard.db",
        help: "where a week of one series is, or is written",
        check: { $0.hasPrefix("sqlite:") ? nil : "must be sqlite:FILE" })
    private static let mongoDB = Flag.text("mongodb", value: "URI", help: "a database for the same on a MongoDB server")
    private static let reads = Flag.integer("reads", 10...100_000, default: 300, help: "how many spans are asked for")
    private static let clients = Flag.integer(
        "clients", 1...15_000, default: 10_000, help: "clients that listen to events")
    private static let seconds = Flag.integer(
        "seconds", 5...600, default: 20, help: "how long events and CPU are watched")
    private static let python = Flag.text(
        "python", value: "PROGRAM",
        help:
            "a Python with Tests/requirements-dashboard.txt, for Streamlit and a browser; without it only the service is measured"
    )

    enum Part: String, CaseIterable { case history, mongodb, events, idle, live, page }

    let settings: Settings
    private var seconds: Int { settings[DashboardBench.seconds] }

    private func run() throws {
        for part in settings[DashboardBench.parts] {
            guard canRun(part) else {
                throw SelfProcess.Failed(
                    reason: "\(part.rawValue) needs \(part == .mongodb ? "--mongodb" : "--python")")
            }
            switch part {
            case .history: try measureHistory()
            case .mongodb: try measureMongoDB()
            case .events: try measureEvents()
            case .idle: try measureIdle()
            case .live: try measureLive()
            case .page: for series in [20, 500] { try measurePage(series) }
            }
            fflush(nil)
        }
    }

    private func canRun(_ part: Part) -> Bool {
        switch part {
        case .history, .events, .idle: true
        case .mongodb: settings[DashboardBench.mongoDB] != nil && settings[DashboardBench.python] != nil
        case .live, .page: settings[DashboardBench.python] != nil
        }
    }

    // MARK: The store

    private func measureHistory() throws {
        let week = DashboardWeek(ticks: 600_000)
        let store = settings[DashboardBench.store]
        try week.writeIfMissing(to: store)
        let dashboard = try ServedDashboard(store: store, broker: nil)
        print(
            "history: \(week.ticks) ticks and \(DashboardWeek.minutes) final minutes of one series over a week, SQLite")
        print("                                        p50 ms     p99 ms   Streamlit p50     p99      kB beside kB")
        let streamlit = try settings[DashboardBench.python].map {
            try Streamlit(python: $0, database: store.dropScheme)
        }
        for ask in week.asks {
            var random = SeededRandom(seed: 7)
            let spans = (0..<settings[DashboardBench.reads]).map { _ in ask.span(&random) }
            let ours = try spans.map { try dashboard.client.ask(ask.path(week.series, $0)) }
            // A run of Streamlit takes a hundred times as long: fewer of the same.
            let theirs = try ask.table.map { table in
                try streamlit?.reruns(
                    spans.prefix(30).map { span in
                        "view=history&series=\(week.series)&from=\(span.lowerBound)&to=\(span.upperBound)&table=\(table)"
                    })
            }
            print("  \(ask.name.leftAligned(36)) \(quantiles(ours.map(\.ms))) \(beside(ours, theirs ?? nil))")
        }
    }

    private func beside(_ ours: [Asked], _ theirs: [Asked]?) -> String {
        guard let theirs else { return "" }
        func kilobytes(_ all: [Asked]) -> String { "\(all.map(\.bytes).reduce(0, +) / all.count / 1_000)" }
        return "     \(quantiles(theirs.map(\.ms)))   \(kilobytes(ours).rightAligned(7)) beside \(kilobytes(theirs))"
    }

    private func measureMongoDB() throws {
        guard let uri = settings[DashboardBench.mongoDB], let python = settings[DashboardBench.python] else { return }
        let week = DashboardWeek(ticks: 10_000)
        try week.writeIfMissing(to: uri)
        let dashboard = try ServedDashboard(store: uri, broker: nil)
        let step: Int64 = 600_000
        let span = DashboardWeek.start..<DashboardWeek.start + DashboardWeek.spanMs
        let path = "/api/candles?series=\(week.series)&from=\(span.lowerBound)&to=\(span.upperBound)&step=\(step)"
        var ours: [Double] = []
        var theirs: [Double] = []
        for _ in 0..<5 {  // in turn
            for _ in 0..<10 { ours.append(try dashboard.client.ask(path).ms) }
            let words = [
                "aggregate", uri, "\(week.series)", "\(span.lowerBound)", "\(span.upperBound)", "\(step)", "10",
            ]
            theirs += try DashboardPeer.run(python, words).map { $0[0] }
        }
        print("mongodb: 168 h as 1,008 candles of ten minutes, of \(DashboardWeek.minutes) final minutes")
        print("  the dashboard's answer               p50, p99 ms  \(quantiles(ours))")
        print("  the server's aggregation, by pymongo p50, p99 ms  \(quantiles(theirs))")
        let share = ratio(ModelPeers.median(ours), ModelPeers.median(theirs))
        print("  the dashboard takes \(share) of the server's own time")
    }

    // MARK: Events

    private func measureEvents() throws {
        let count = settings[DashboardBench.clients]
        let limit = OpenFiles.raiseLimit()
        guard limit > count + 300 else {
            throw SelfProcess.Failed(reason: "\(limit) descriptors (ulimit -Hn) are too few for \(count) clients")
        }
        let broker = try DashboardBroker()
        let dashboard = try ServedDashboard(store: "none", broker: broker, core: 0)
        let listeners = try EventListeners(count, port: dashboard.port)
        let cpu = dashboard.process.cpuUs
        for second in 0..<seconds {
            let record = DashboardBroker.event(second)
            try broker.send(record, of: .trends)
            try listeners.hear("\"as_of\":\(record.asOf)", withinMs: 1_000)
        }
        let used = (dashboard.process.cpuUs - cpu) / 1e6 / Double(seconds)
        let most = ProcessStatus.kilobytes("VmHWM", of: "\(dashboard.process.pid)") / 1_000
        print("events: one of \(DashboardBroker.eventBytes) bytes a second to each of \(count) clients, \(seconds) s")
        print("  from Kafka's acknowledgement to a client: \(Quantiles(listeners.times).text)")
        print("  not heard within a second: \(count * seconds - listeners.times.count)")
        print("  \(most) MB resident at most, \(percent(used)) of a core")
    }

    // MARK: CPU

    private func measureIdle() throws {
        let broker = try DashboardBroker()
        let dashboard = try ServedDashboard(store: settings[DashboardBench.store], broker: broker)
        StopFlag().wait(ms: 3_000)
        let cpu = dashboard.process.cpuUs
        StopFlag().wait(ms: Int64(seconds) * 1_000)
        let used = (dashboard.process.cpuUs - cpu) / 1e6 / Double(seconds)
        print("idle: no ticks, no page, \(seconds) s: \(percent(used)) of a core")
    }

    /// Both show the same stream and store: the dashboard hears the stream, Streamlit asks the store each second.
    private func measureLive() throws {
        guard let python = settings[DashboardBench.python] else { return }
        let market = try LiveMarket(series: 20, rate: 100)
        let dashboard = try ServedDashboard(store: market.store, broker: market.broker)
        try market.awaitMinute(on: dashboard)
        let ours = try DashboardPeer.watch(
            python, dashboard.page, DashboardPeer.dashboardRow, seconds, of: dashboard.process)
        let quiet = dashboard.process.cpuUs
        StopFlag().wait(ms: Int64(seconds) * 1_000)
        let alone = (dashboard.process.cpuUs - quiet) / 1e6 / Double(seconds)
        let streamlit = try Streamlit(python: python, database: market.store.dropScheme)
        let theirs = try DashboardPeer.watch(
            python, streamlit.page, DashboardPeer.streamlitTable, seconds, of: streamlit.process)
        print("live: 100 ticks/s of 20 series, an Overview open, \(seconds) s each, % of a core")
        print("                 service   renderer   painting   browser")
        print("  dashboard   \(ours.text)")
        print("  Streamlit   \(theirs.text)")
        print(
            "  of Streamlit's: service \(ratio(ours.service, theirs.service)), renderer \(ratio(ours.renderer, theirs.renderer))"
        )
        print("  the service with no page open: \(percent(alone))")
    }

    // MARK: The page

    private func measurePage(_ series: Int) throws {
        guard let python = settings[DashboardBench.python] else { return }
        let market = try LiveMarket(series: series, rate: series)
        let dashboard = try ServedDashboard(store: market.store, broker: market.broker)
        try market.awaitMinute(on: dashboard)
        let snapshot = try (0..<20).map { _ in try dashboard.client.ask("/api/live") }
        let ours = try DashboardPeer.open(python, dashboard.page, DashboardPeer.dashboardRow)
        print("page: Overview of \(series) series, nothing cached, medians of \(ours.count)")
        print("  the snapshot: \(snapshot[0].bytes / 1_000) kB in \(quantiles(snapshot.map(\.ms))) ms (p50, p99)")
        print("  dashboard: \(loaded(ours))")
        let streamlit = try Streamlit(python: python, database: market.store.dropScheme)
        print("  Streamlit: \(loaded(try DashboardPeer.open(python, streamlit.page, DashboardPeer.streamlitTable)))")
    }

    private func loaded(_ lines: [[Double]]) -> String {
        "\(Int(ModelPeers.median(lines.map { $0[0] }) / 1_000)) kB over the wire, "
            + "\(Int(ModelPeers.median(lines.map { $0[1] }))) ms until rows are there (most \(Int(lines.map { $0[1] }.max() ?? 0)))"
    }

    // MARK: Numbers

    private func quantiles(_ ms: [Double]) -> String {
        let sorted = ms.sorted()
        guard let last = sorted.last else { return "none" }
        let p99 = sorted.count < 50 ? last : sorted[sorted.count * 99 / 100]
        return [sorted[sorted.count / 2], p99].map { ModelPeers.rounded($0, 1).rightAligned(10) }.joined(separator: " ")
    }

    private func percent(_ share: Double) -> String { "\(ModelPeers.rounded(share * 100, 2)) %" }
    private func ratio(_ a: Double, _ b: Double) -> String { "\(ModelPeers.rounded(a / b, 3))" }
}

extension String {
    /// The file of `sqlite:FILE`.
    fileprivate var dropScheme: String { String(drop { $0 != ":" }.dropFirst()) }
}
