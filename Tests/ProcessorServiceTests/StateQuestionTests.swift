import CryptoCore
import HTTPServer
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import TestTraits
import Testing

@testable import ProcessorService

@Suite("GET /windows of a loop that does not answer", .waiting)
struct StateQuestionTests {
    @Test("says what keeps a processor busy that is ready", arguments: [0, 1_901_827])
    func busy(unread: Int) throws {
        let context = try StateQuestionTests.context()
        context.ready("state")
        let stateQuestions = StateQuestions(patienceMs: 20)
        stateQuestions.note(unread: unread)
        let monitoring = try MonitoringEndpoint(context, routes: stateQuestions.routes(context))
        defer { monitoring.close() }
        let (status, body) = try monitoring.get("/windows")
        #expect(status == 503)
        #expect(!body.contains(#""waiting_for":{}"#))
        #expect(body.contains(unread == 0 ? "busy for 20 ms" : "catching up, 1901827 ticks are not read yet"))
    }

    @Test("many clients wait beside each other; further ones hear at once that there are too many")
    func crowd() throws {
        let context = try StateQuestionTests.context()
        let stateQuestions = StateQuestions(patienceMs: 60_000)
        let monitoring = try MonitoringEndpoint(context, routes: stateQuestions.routes(context))
        defer { monitoring.close() }
        let clients = try (0..<17).map { _ in try monitoring.ask("/windows?series=bybit:BTC-USDT") }
        #expect(waitUntil(seconds: 20) { clients.count { !$0.isRunning } == 1 }, "one too many")
        #expect(try monitoring.get("/health/live").status == 200, "others are served meanwhile")
        for _ in 0..<16 {
            let question = try #require(stateQuestions.takeQuestion())
            #expect(question.series == Series("bybit:BTC-USDT"))
            question.answer.send(.json("here"))
        }
        #expect(stateQuestions.takeQuestion() == nil)
        let answers = try clients.map { try $0.wait(seconds: 20).output }
        #expect(answers.count { $0 == "here\n200" } == 16)
        #expect(answers.count { $0.hasSuffix("503") } == 1)
        #expect(
            waitUntil(seconds: 20) {
                let metrics = (try? monitoring.get("/metrics").body) ?? ""
                return metrics.contains(
                    #"cryptostream_processor_http_requests_total{route="/windows",status="2xx"} 16"#)
                    && metrics.contains(#"cryptostream_processor_http_requests_total{route="/windows",status="5xx"} 1"#)
                    && metrics.contains("cryptostream_processor_http_connections 1\n")
            })
    }

    private static func context() throws -> ServiceContext {
        let result = CommandLineParser.parse(
            ProcessorCommand.spec, arguments: ["--http", "127.0.0.1:0"], environment: [:], readFile: { _ in .absent })
        guard case .run(let configuration) = result else { throw Bench.Unusable(result: "\(result)") }
        return ServiceContext(
            service: "processor", configuration.common, stop: StopFlag(), log: Log(service: "test", minimum: .error))
    }
}
