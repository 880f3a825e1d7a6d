import Foundation
import HTTPServer
import ServiceKit
import ServiceRuntime
import System
import TestSupport

@testable import InferenceService

/// The HTTP half of the service on a free port, for clients that are other programs.
final class RunningInference {
    let made = MadeModels()
    let context: ServiceContext
    let models: ServedModels
    private let monitoring: MonitoringEndpoint

    /// - Parameter prepare: writes models before the service looks for them.
    init(_ words: [String] = [], prepare: (MadeModels) throws -> Void) throws {
        try prepare(made)
        (context, _) = try made.context(words)
        let choice = try Configurations.inference(["--models", made.path] + words).own.choice
        models = ServedModels(context, choice, follows: false)
        monitoring = try MonitoringEndpoint(
            context, routes: InferenceHTTP(context, models).routes, limits: InferenceHTTP.limits)
    }

    deinit { monitoring.close() }

    var port: UInt16 { monitoring.port }
    var address: String { "http://127.0.0.1:\(port)" }

    /// Asks with curl. - Returns: the status and the body.
    func ask(_ path: String, _ body: String? = nil, _ words: [String] = []) throws -> (status: Int, body: String) {
        try Curl.ask("\(address)\(path)", body, words)
    }

    /// The same, with a JSON object as the answer.
    func object(_ path: String, _ body: String? = nil, status: Int = 200) throws -> [String: Any] {
        let answer = try ask(path, body)
        guard answer.status == status else { throw Failure("\(path): \(answer)") }
        let object = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any]
        guard let object else { throw Failure("\(path): \(answer.body)") }
        return object
    }
}
