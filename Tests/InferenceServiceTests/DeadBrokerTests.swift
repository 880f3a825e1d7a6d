import TestSupport
import TestTraits
import Testing

@Suite("The program inference, with a broker that does not answer", .waiting)
struct DeadBrokerTests {
    private static let row = #"{"price":1,"quantity":2,"is_buy":1}"#
    private let made = MadeModels()

    /// Nobody listens at port 1.
    private func start(_ words: [String] = []) throws -> InferenceProgram {
        try InferenceProgram(["--models", made.path, "--brokers", "127.0.0.1:1"] + words)
    }

    @Test("it answers over HTTP all the same, and only the stream is not ready, which says why")
    func streaming() throws {
        try made.add("direction", MadeModels.model())
        let program = try start()
        let ready = try #require(try waiting(program) { $0.status == 503 && $0.body.contains("Connection refused") })
        #expect(ready.body.hasPrefix(#"{"status":"waiting""#) && ready.body.contains("127.0.0.1:1"), "\(ready)")
        for path in ["/v2/health/ready", "/v2/health/live", "/health/live", "/v2/models/direction/ready", "/model"] {
            #expect(try program.ask(path).status == 200, "\(path)")
        }
        let answer = try program.ask("/predict", Self.row)
        #expect(answer.status == 200 && answer.body.contains(#""model":"direction","version":1"#), "\(answer)")
        #expect(program.stop() == 0)
    }

    @Test("without a stream it needs none, and without a model none yet", arguments: [true, false])
    func notStreaming(hasModel: Bool) throws {
        if hasModel { try made.add("direction", MadeModels.model()) }
        let program = try start(hasModel ? ["--no-stream"] : [])
        #expect(try waiting(program) { $0.status == 200 } != nil)
        #expect(try program.ask("/v2/health/ready").status == 200)
        #expect(try program.ask("/predict", Self.row).status == (hasModel ? 200 : 503))
        // It stays so: nobody asks the broker.
        #expect(try program.ask("/health/ready").status == 200)
        #expect(program.stop() == 0)
    }

    /// What `/health/ready` says once it is as wanted; nil where it never is.
    private func waiting(
        _ program: InferenceProgram, _ isWanted: ((status: Int, body: String)) -> Bool
    ) throws -> (status: Int, body: String)? {
        var last = (status: 0, body: "")
        let isThere = try waitUntil(seconds: 20) {
            last = try program.ask("/health/ready")
            return isWanted(last)
        }
        if !isThere { Issue.record("\(last)") }
        return isThere ? last : nil
    }
}
