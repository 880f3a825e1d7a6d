import Foundation
import TestSupport
import TestTraits
import Testing

@testable import DashboardService
@testable import HTTPServer

@Suite("The OpenAPI document", .waiting)
struct OpenAPITests {
    private let running: RunningDashboard
    private let paths: [String: [String: [String: Any]]]

    init() throws {
        running = try RunningDashboard()
        let text = try running.answer("/api/openapi.json").body
        let document = try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        paths = try #require(document["paths"] as? [String: [String: [String: Any]]])
    }

    @Test("what is in it is what is answered, and nothing else is")
    func routes() throws {
        let told = paths.flatMap { path, methods in methods.keys.map { "\($0) \(path)" } }
        let answered = running.dashboard.routes.filter { !$0.pattern.isOpen }.map { route in
            let path = route.pattern.text.replacing(#/:(\w+)/#) { "{\($0.1)}" }
            return "\(route.method.rawValue.lowercased()) \(path)"
        }
        #expect(told.count > 20 && Set(told) == Set(answered) && told.count == answered.count)
    }

    @Test("each request of it is answered as one of the statuses that it tells of")
    func answers() throws {
        for (path, methods) in paths where path != "/api/stream" {
            for (method, about) in methods {
                let statuses = try #require(about["responses"] as? [String: Any]).keys
                let reply = try running.answer(
                    path.replacing("{table}", with: "ticks").replacing("{id}", with: "x") + OpenAPITests.query(about),
                    method.uppercased(), body: about["requestBody"] == nil ? "" : "{}")
                #expect(statuses.contains("\(reply.status)"), "\(method) \(path): \(reply.status) \(reply.body)")
                if reply.status == 200 { #expect(!reply.body.isEmpty) }
            }
        }
    }

    @Test("what cannot be done without the other services is not said to be done")
    func nobody() throws {
        #expect(try running.answer("/api/silences").body == #"{"silences":[]}"#)
        for (method, path) in [
            ("POST", "/api/silences"), ("DELETE", "/api/silences/x"), ("POST", "/api/test"), ("POST", "/api/predict"),
        ] {
            let reply = try running.answer(path, method, body: method == "POST" ? "{}" : "")
            #expect(reply.status == 503 && reply.body.contains("start the pipeline with"), "\(method) \(path)")
        }
    }

    @Test("the parameters of a path are those between its slashes")
    func parameters() {
        for (path, methods) in paths {
            for about in methods.values {
                let names = (about["parameters"] as? [[String: Any]] ?? []).filter { $0["in"] as? String == "path" }
                    .compactMap { $0["name"] as? String }
                #expect(path.matches(of: #/{(\w+)}/#).map { String($0.1) } == names)
            }
        }
    }

    @Test(
        "what it allows is answered as it says, and what it does not allow is refused",
        .enabled(
            if: Schemathesis.python != nil, "CRYPTO_CLIENTS_PYTHON names a Python with Tests/requirements-clients.txt"))
    func schemathesis() throws {
        let settings = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .appendingPathComponent("schemathesis.toml")
        let result = try Schemathesis.run(
            "\(running.address)/api/openapi.json", settings: settings, examples: Schemathesis.examples ?? "3")
        #expect(result.status == 0, "\(result.output)\n\(result.errors)")
        #expect(try running.answer("/health/live").status == 200)
    }

    /// A value for each parameter of the query that must be there.
    private static func query(_ about: [String: Any]) -> String {
        let names = (about["parameters"] as? [[String: Any]] ?? [])
            .filter { $0["in"] as? String == "query" && $0["required"] as? Bool == true }
            .compactMap { $0["name"] as? String }
        return names.isEmpty ? "" : "?" + names.map { "\($0)=sample:BTC-USD" }.joined(separator: "&")
    }
}
