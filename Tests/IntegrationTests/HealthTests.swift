import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("--health, as a container's check calls it", .serialized, .waiting)
struct HealthTests {
    private static let programs = ["producer", "processor", "sink", "pipeline"]

    private func ask(_ program: String, _ url: String) throws -> (status: Int32, errors: String) {
        let result = try ChildProcess.service(program, ["--health", url]).wait(seconds: 20)
        #expect(result.output.isEmpty)
        return (result.status, result.errors)
    }

    /// Where a service listens, once it does.
    private func address(of service: ChildProcess) -> String {
        #expect(waitUntil(seconds: 20) { service.errorsSoFar.contains("http=http") })
        return String(service.errorsSoFar.components(separatedBy: "http=").last?.prefix { !$0.isWhitespace } ?? "")
    }

    @Test("is 0 once the service is ready, for every program and in every form")
    func ready() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let service = try ChildProcess.service(
            "pipeline",
            ["--source", "synthetic", "--symbols", "BTC", "--store", "sqlite:x.db", "--http", "127.0.0.1:0"], in: folder
        )
        let address = address(of: service)
        #expect(try waitUntil(seconds: 60) { try ask("pipeline", address).status == 0 })
        let bare = String(address.dropFirst("http://".count))
        for program in Self.programs {
            for url in [address, bare, "\(address)/health/ready", "\(address)/health/live", "\(bare)/metrics"] {
                let (status, errors) = try ask(program, url)
                #expect(status == 0 && errors.isEmpty, "\(program) \(url): \(errors)")
            }
        }
        let (status, errors) = try ask("sink", "\(address)/nothing")
        #expect(status == 1 && errors.hasPrefix("sink: --health: status 404"))
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 10).status == 0)
    }

    @Test("is 1 with the reason while the service waits, and 0 for its life")
    func waits() throws {
        let service = try ChildProcess.service("processor", ["--brokers", "127.0.0.1:1", "--http", "127.0.0.1:0"])
        let address = address(of: service)
        #expect(waitUntil(seconds: 20) { service.errorsSoFar.contains("waiting for Kafka") })
        let (status, errors) = try ask("processor", address)
        #expect(status == 1 && errors.split(separator: "\n").count == 1)
        #expect(errors.hasPrefix("processor: --health: status 503: {\"status\":\"waiting\""), "\(errors)")
        #expect(errors.contains("Connection refused"))
        #expect(try ask("processor", "\(address)/health/live").status == 0)
        service.signal(SIGTERM)
        #expect(try service.wait(seconds: 10).status == 0)
    }

    @Test("is 1 where nobody listens or answers in five seconds, 64 where it is no address")
    func wrong() throws {
        let server = try LoopbackServer { _, connection in connection.stall() }
        defer { server.stop() }
        let (slow, words) = try ask("producer", server.url("/health/ready"))
        #expect(slow == 1 && words == "producer: --health: no answer within 5s\n")
        for program in Self.programs {
            let (status, errors) = try ask(program, "127.0.0.1:1")
            #expect(status == 1 && errors == "\(program): --health: connect: Connection refused\n")
            let (usage, problem) = try ask(program, "https://127.0.0.1:1")
            #expect(usage == 64 && problem.hasPrefix("\(program): --health https://127.0.0.1:1: must be http://"))
        }
    }
}
