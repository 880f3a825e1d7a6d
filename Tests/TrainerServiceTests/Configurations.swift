import ServiceKit
import TestSupport

@testable import TrainerService

/// Configurations as the command line makes them.
enum Configurations {
    static func parse(_ words: [String]) -> ParseResult<Configured<TrainerConfiguration>> {
        CommandLineParser.parse(TrainerCommand.spec, arguments: words, environment: [:], readFile: { _ in .absent })
    }

    /// - Throws: what is wrong with the words.
    static func trainer(_ words: [String]) throws -> TrainerConfiguration {
        switch parse(words) {
        case .run(let configured): return configured.own
        case .usage(let problems): throw Failure(problems.joined(separator: "\n"))
        default: throw Failure("\(words) do not run")
        }
    }
}
