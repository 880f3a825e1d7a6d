import Foundation
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

/// Files of `Clients`, and the Python that they run with.
private enum Clients {
    static let python = ProcessInfo.processInfo.environment["CRYPTO_CLIENTS_PYTHON"]
    static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent("Clients")
    /// How many requests of a kind schemathesis sends.
    static let examples = ProcessInfo.processInfo.environment["CRYPTO_SCHEMATHESIS"]
}

@Suite("Clients of the Open Inference Protocol", .waiting)
struct OpenInferenceClientTests {
    @Test(
        "Triton's client gets the same from every way to ask",
        .enabled(if: Clients.python != nil, "CRYPTO_CLIENTS_PYTHON names a Python with Tests/requirements-clients.txt"))
    func triton() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        let script = Clients.folder.appendingPathComponent("triton_client.py").path
        let result = try ChildProcess(
            try #require(Clients.python), ["-B", script, "127.0.0.1:\(running.port)", "direction"]
        ).wait(seconds: 60)
        #expect(result.output.contains("192 ways say the same"), "\(result)")
    }
}

@Suite("Requests that schemathesis makes", .waiting)
struct SchemathesisTests {
    @Test(
        "what /openapi.json allows is answered as it says, and what it does not allow is refused",
        .enabled(if: Clients.python != nil && Clients.examples != nil, "deploy/test --full"))
    func openAPI() throws {
        // Which fields a row has depends on the model that is named, which OpenAPI cannot say: there is one.
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        // It keeps what it found where it runs.
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("cryptostream-schemathesis-\(UUID().uuidString.prefix(8))")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
        defer { try? FileManager.default.removeItem(at: folder) }
        let result = try ChildProcess(
            try #require(Clients.python),
            [
                "-m", "schemathesis.cli", "--config-file",
                Clients.folder.appendingPathComponent("schemathesis.toml").path,
                "run", "\(running.address)/openapi.json", "--max-examples", try #require(Clients.examples),
                "--no-color",
            ], in: folder
        ).wait(seconds: 900)
        #expect(result.status == 0, "\(result)")
        #expect(try running.ask("/health/live").status == 200)
    }
}
