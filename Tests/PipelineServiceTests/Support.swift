import ServiceKit

@testable import PipelineService

struct Unusable: Error { let result: String }

/// What `pipeline` runs with when it is started so, in an empty environment by default.
/// - Parameter file: the text of any file that is named; nil: there is none.
func configured(
    _ arguments: [String] = [], environment: [String: String] = [:], file: String? = nil
) throws -> Configured<PipelineConfiguration> {
    let result = CommandLineParser.parse(
        PipelineCommand.spec, arguments: arguments, environment: environment,
        readFile: { _ in file.map { .bytes(Array($0.utf8)) } ?? .absent })
    guard case .run(let configuration) = result else { throw Unusable(result: "\(result)") }
    return configuration
}
