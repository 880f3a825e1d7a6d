import ServiceKit

@testable import PipelineService

struct Unusable: Error { let result: String }

/// What `pipeline` runs with when it is started so, in an empty environment.
func settings(_ arguments: [String] = []) throws -> Settings {
    let result = CommandLineParser.parse(
        PipelineCommand.spec, arguments: arguments, environment: [:], readFile: { _ in .absent })
    guard case .run(let settings) = result else { throw Unusable(result: "\(result)") }
    return settings
}
