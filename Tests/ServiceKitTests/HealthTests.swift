import Foundation
import ServiceKit
import Testing

@Suite("Health")
struct HealthTests {
    private func json(_ report: Health.Report) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(report.body.utf8)) as? [String: Any])
    }

    @Test("a service is ready when every condition holds, and says which do not")
    func readiness() throws {
        let health = Health()
        health.ready("kafka")
        health.set("store", notReadyBecause: "no answer from \"db\"\nsince 5 s")
        let waiting = health.readiness()
        #expect(waiting.status == 503)
        let object = try json(waiting)
        #expect(object["status"] as? String == "waiting")
        #expect(
            object["conditions"] as? [String: String] == [
                "kafka": "ready", "store": "no answer from \"db\"\nsince 5 s",
            ])
        health.ready("store")
        #expect(health.isReady)
        let ready = #"{"status":"ready","conditions":{"kafka":"ready","store":"ready"}}"# + "\n"
        #expect(health.readiness().status == 200)
        #expect(health.readiness().body == ready)
        health.set("kafka", notReadyBecause: "gone")
        #expect(!health.isReady)
        #expect(health.reasons == ["kafka": "gone"])
        #expect(health.live().status == 200, "it waits: a restart would not help")
    }

    @Test("a service that has said nothing of itself yet is alive and not ready")
    func nothing() {
        let health = Health()
        #expect(!health.isReady)
        #expect(health.live().status == 200)
        #expect(health.live().body == #"{"status":"live"}"# + "\n")
        #expect(health.readiness().status == 503)
        #expect(
            health.readiness().body == #"{"status":"waiting","conditions":{"service":"starting"}}"# + "\n")
        health.ready("kafka")
        #expect(health.isReady)
    }

    @Test("a loop that does not turn in time makes the service not ready, until it turns again or has ended")
    func loops() throws {
        let health = Health()
        health.ready("kafka")
        health.noteTurn(of: "loop")
        #expect(health.msSinceTurn(of: "loop") == nil, "it has not begun")
        health.begin("loop", limitMs: 60_000)
        #expect(health.isReady)
        health.begin("loop", limitMs: 20)
        while health.isReady {}
        #expect(health.readiness().status == 503)
        #expect(health.reasons["loop"]?.contains("stands still") == true)
        #expect(try #require(health.msSinceTurn(of: "loop")) > 20)
        health.begin("loop", limitMs: -1)
        health.noteTurn(of: "loop")
        #expect(!health.isReady, "no turn is in time")
        health.end("loop")
        #expect(health.isReady && health.readiness().status == 200)
        #expect(health.msSinceTurn(of: "loop") == nil)
    }
}
