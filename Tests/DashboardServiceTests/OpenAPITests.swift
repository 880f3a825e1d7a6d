import CryptoCore
import Foundation
import ServiceKit
import ServiceRuntime
import Testing

@testable import DashboardService

@Suite("The OpenAPI document")
struct OpenAPITests {
    @Test("it is JSON, and each of its answers refers to what is there")
    func document() throws {
        let document = try #require(try JSONSerialization.jsonObject(with: Data(OpenAPI.text.utf8)) as? [String: Any])
        #expect(document["openapi"] as? String == "3.1.0")
        let paths = try #require(document["paths"] as? [String: [String: Any]])
        #expect(paths.values.reduce(0) { $0 + $1.count } == Endpoint.all.count)
        for endpoint in Endpoint.all {
            let names = endpoint.parameters.filter { $0.place == "path" }.map { "{\($0.name)}" }
            #expect(
                names.allSatisfy { endpoint.path.contains($0) }
                    && endpoint.path.filter { $0 == "{" }.count == names.count)
        }
    }
}
