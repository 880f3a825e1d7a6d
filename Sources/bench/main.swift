import Glibc
import ServiceKit

/// One benchmark of this program: what it takes, and what runs it with the settings.
struct Benchmark: Sendable {
    let usage: CommandUsage
    let run: @Sendable (Settings) throws -> Void
}

let benchmarks = [
    WindowsBench.benchmark, GrowthBench.benchmark, SinkBench.benchmark, ProcessorBench.benchmark,
    LatencyBench.benchmark, FeedsBench.benchmark, FeedLatencyBench.benchmark, HTTPBench.benchmark,
    StoreReadBench.benchmark, ModelBench.benchmark, PredictBench.benchmark, PredictHTTPBench.benchmark,
    AlertsBench.benchmark, AlertLatencyBench.benchmark, DashboardBench.benchmark,
]

@MainActor
func usage(_ problem: String) -> Never {
    let names = benchmarks.map(\.usage.name).joined(separator: ", ")
    ErrorOutput.shared.write(line: "bench: \(problem); there are: \(names) (each has --help)")
    exit(ExitCode.usage.rawValue)
}

let words = Array(CommandLine.arguments.dropFirst())
guard let name = words.first else { usage("name a benchmark") }
if name == "--help" || name == "-h" {
    for benchmark in benchmarks { print("bench \(benchmark.usage.name)  \(benchmark.usage.summary)") }
    exit(ExitCode.success.rawValue)
}
guard let benchmark = benchmarks.first(where: { $0.usage.name == name }) else { usage("there is no benchmark \(name)") }
switch CommandLineParser.parse(
    CommandSpec(benchmark.usage, configure: { $0 }), arguments: Array(words.dropFirst()), environment: [:],
    readFile: { _ in .absent })
{
case .answer: preconditionFailure("no benchmark answers anything")
case .show(let text): print(text, terminator: "")
case .usage(let problems):
    for problem in problems { ErrorOutput.shared.write(line: "bench \(problem)") }
    exit(ExitCode.usage.rawValue)
case .run(let settings):
    do { try benchmark.run(settings) } catch {
        ErrorOutput.shared.write(line: "bench \(name): \(error)")
        exit(ExitCode.failure.rawValue)
    }
}
