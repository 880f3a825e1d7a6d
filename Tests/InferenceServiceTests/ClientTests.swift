import Foundation
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

/// Files of `Clients`.
private let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients")

@Suite("Clients of the Open Inference Protocol", .waiting)
struct OpenInferenceClientTests {
    @Test(
        "Triton's client gets the same from every way to ask",
        .enabled(
            if: Schemathesis.python != nil, "CRYPTO_CLIENTS_PYTHON names a Python with Tests/requirements-clients.txt"))
    func triton() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        let script = folder.appendingPathComponent("triton_client.py").path
        let result = try ChildProcess(
            try #require(Schemathesis.python), ["-B", script, "127.0.0.1:\(running.port)", "direction"]
        ).wait(seconds: 60)
        #expect(result.output.contains("192 ways say the same"), "\(result)")
    }
}

@Suite("Requests that schemathesis makes", .waiting)
struct SchemathesisTests {
    @Test(
        "what /openapi.json allows is answered as it says, and what it does not allow is refused",
        .enabled(if: Schemathesis.python != nil && Schemathesis.examples != nil, "deploy/test --full"))
    func openAPI() throws {
        // Which fields a row has depends on the model that is named, which OpenAPI cannot say: there is one.
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        let result = try Schemathesis.run(
            "\(running.address)/openapi.json", settings: folder.appendingPathComponent("schemathesis.toml"),
            examples: try #require(Schemathesis.examples))
        #expect(result.status == 0, "\(result)")
        #expect(try running.ask("/health/live").status == 200)
    }
}
