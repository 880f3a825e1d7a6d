import HTTPServer
import ServiceKit
import ServiceRuntime
import System
import TestTraits
import Testing

@testable import ProcessorService

@Suite("GET /windows of a loop that does not answer", .waiting)
struct OpenWindowsTests {
    @Test("says what keeps a processor busy that is ready", arguments: [0, 1_901_827])
    func busy(unread: Int) throws {
        let result = CommandLineParser.parse(
            ProcessorCommand.spec, arguments: [], environment: [:], readFile: { _ in .absent })
        guard case .run(let configuration) = result else {
            Issue.record("\(result)")
            return
        }
        let context = ServiceContext(
            service: "processor", configuration.common, stop: StopFlag(), log: Log(service: "test", minimum: .error))
        let openWindows = OpenWindows(patienceMs: 20)
        openWindows.note(unread: unread)
        let response = openWindows.route(context).handler(HTTPRequest(path: "/windows"))
        let body = String(decoding: response.body, as: UTF8.self)
        #expect(response.status == 503)
        #expect(!body.contains(#""waiting_for":{}"#))
        #expect(body.contains(unread == 0 ? "busy for 20 ms" : "catching up, 1901827 ticks are not read yet"))
    }
}
