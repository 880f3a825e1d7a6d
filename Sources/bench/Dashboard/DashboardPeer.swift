import Glibc

/// Streamlit's server with the app that shows what the dashboard shows.
final class Streamlit {
    let process: OtherProcess
    let port: UInt16
    private let python: String
    var page: String { "http://127.0.0.1:\(port)/" }

    /// - Parameter database: the SQLite file.
    init(python: String, database: String) throws {
        self.python = python
        port = try LoopbackSocket.freePort()
        process = try OtherProcess([
            python, "-B", "-m", "streamlit", "run", "Tests/DashboardPeer/streamlit_app.py", "--server.port", "\(port)",
            "--server.address", "127.0.0.1", "--server.headless", "true", "--browser.gatherUsageStats", "false",
            "--server.fileWatcherType", "none", "--logger.level", "error", "--", database,
        ])
        try HTTPAsker(port: port).await("/_stcore/health", showing: "ok")
    }

    /// A run of the app for each query, the first one, which imports what it needs, left out.
    func reruns(_ queries: [String]) throws -> [Asked] {
        let words = ["rerun", "\(port)"] + queries.prefix(1) + queries
        return try DashboardPeer.run(python, words).dropFirst().map { Asked(ms: $0[0], bytes: Int($0[1])) }
    }
}

/// What `Tests/DashboardPeer/dashboard_peer.py` measures.
enum DashboardPeer {
    static let dashboardRow = "main table.tb tbody tr"
    static let streamlitTable = #"canvas[data-testid="data-grid-canvas"]"#
    private static let script = "Tests/DashboardPeer/dashboard_peer.py"

    /// The numbers of each line that it prints.
    static func run(_ python: String, _ words: [String]) throws -> [[Double]] {
        try OtherProcess([python, "-B", script] + words).finish().split(separator: "\n").map {
            ModelPeers.numbers(String($0))
        }
    }

    /// Bytes and ms of a page that is opened again and again.
    static func open(_ python: String, _ page: String, _ selector: String) throws -> [[Double]] {
        try run(python, ["open", page, selector, "9"])
    }

    /// What an open page costs. *Units*: shares of a core.
    struct Cost {
        let service: Double
        let renderer: Double
        let painting: Double
        let browser: Double

        var text: String {
            [service, renderer, painting, browser].map { ModelPeers.rounded($0 * 100, 2).rightAligned(10) }.joined()
        }
    }

    static func watch(
        _ python: String, _ page: String, _ selector: String, _ seconds: Int, of service: OtherProcess
    ) throws -> Cost {
        let peer = try OtherProcess([python, "-B", script, "watch", page, selector, "\(seconds)"])
        guard peer.line() == "begin" else { throw SelfProcess.Failed(reason: "no browser shows \(page)") }
        let before = service.cpuUs
        let numbers = peer.line().map(ModelPeers.numbers) ?? []
        let used = (service.cpuUs - before) / 1e6
        guard numbers.count == 3 else { throw SelfProcess.Failed(reason: "the browser was lost") }
        let shares = ([used] + numbers).map { $0 / Double(seconds) }
        return Cost(service: shares[0], renderer: shares[1], painting: shares[2], browser: shares[3])
    }
}
