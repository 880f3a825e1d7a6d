import Foundation
import HTTPServer
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import DashboardService

/// The history's routes on a server of their own, asked over a real socket.
final class RunningHistory {
    let history: HistoryRoutes
    private let server: WebServer
    var port: UInt16 { server.port }
    private let stop = StopFlag()
    private let thread: System.Thread

    /// - Parameter isReady: whether to wait until the store can be read.
    init(_ store: String?, isReady: Bool = true) throws {
        let result = CommandLineParser.parse(
            DashboardCommand.spec, arguments: [], environment: [:], readFile: { _ in .absent })
        guard case .run(let settings) = result else { throw Failure("\(result)") }
        let context = ServiceContext(
            service: "dashboard", settings.common, stop: stop, log: Log(service: "test", minimum: .error))
        history = try HistoryRoutes(context, store: store)
        let server = try WebServer(host: "127.0.0.1", port: 0, routes: history.routes)
        self.server = server
        thread = System.Thread(name: "http-test") { [stop] in
            while !stop.isRequested { try server.run(waitMs: 20) }
            try server.stop(withinMs: 2_000)
        }
        history.start()
        if isReady { try waitFor("the store", seconds: 20) { history.state.kind == .ready } }
    }

    deinit {
        stop.request()
        history.close()
        _ = thread.join(ms: 5_000)
    }

    func answer(_ path: String, _ method: String = "GET", body: String = "") throws -> LoopbackHTTP.Answer {
        try #require(
            LoopbackHTTP.answer(method, path, port: server.port, body: body, waitMs: 20_000), "no answer to \(path)")
    }

    /// The object of a 200 answer.
    func json(_ path: String, _ method: String = "GET", body: String = "") throws -> [String: Any] {
        let answer = try answer(path, method, body: body)
        #expect(answer.status == 200, "\(path): \(answer.body)")
        return try object(answer)
    }

    /// Why there is no other answer.
    func error(_ path: String, _ method: String = "GET", body: String = "", status: Int = 400) throws -> String {
        let answer = try answer(path, method, body: body)
        #expect(answer.status == status, "\(path): \(answer.body.prefix(200))")
        return try #require(try object(answer)["error"] as? String, "\(answer.body)")
    }

    private func object(_ answer: LoopbackHTTP.Answer) throws -> [String: Any] {
        let parsed = try JSONSerialization.jsonObject(with: Data(answer.body.utf8))
        return try #require(parsed as? [String: Any], "\(answer.body.prefix(200))")
    }
}

extension [String: Any] {
    /// The member `rows`.
    var rows: [[Any]] { self["rows"] as? [[Any]] ?? [] }

    /// The cells of one column.
    func column(_ name: String) -> [Any] {
        guard let index = (self["columns"] as? [String])?.firstIndex(of: name) else { return [] }
        return rows.map { $0[index] }
    }

    func numbers(_ name: String) -> [Double] { column(name).map { ($0 as? NSNumber)?.doubleValue ?? .nan } }
}

/// A text as it stands in a query.
func escaped(_ text: String) -> String {
    text.addingPercentEncoding(withAllowedCharacters: .alphanumerics) ?? text
}
