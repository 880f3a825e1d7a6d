internal import Foundation
internal import ServiceKit
internal import TestSupport

func leave(_ code: ExitCode) -> Never { exit(code.rawValue) }

/// Runs with a folder of its own, which goes unless somebody wants it.
func run(_ plan: Plan) -> ExitCode {
    guard OwnKafka.isPresent else {
        say("skipped: kill-test needs services/start-kafka and start-toxiproxy in CRYPTO_SHARED")
        return .success
    }
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
        "kill-test-\(getpid())", isDirectory: true)
    let bench = Bench(in: folder)
    defer {
        bench.end()
        if plan.isKept {
            bench.writeLogs()
            say("kill-test: data and logs are in \(folder.path)")
        } else {
            try? FileManager.default.removeItem(at: folder)
        }
    }
    do {
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        if let rate = plan.history {
            try HistoryTest(rate, bench).run()
        } else {
            try KillTest(plan, bench).run()
        }
        return .success
    } catch {
        say("kill-test: FAILED (seed \(plan.seed)): \(error)")
        return .failure
    }
}

Interruption.install()
switch CommandLineParser.parse(
    CommandSpec(Plan.usage, configure: { Plan($0) }), arguments: Array(CommandLine.arguments.dropFirst()),
    environment: [:], readFile: { _ in .absent })
{
case .answer: preconditionFailure("this program answers nothing")
case .show(let text):
    print(text, terminator: "")
case .usage(let problems):
    for problem in problems { ErrorOutput.shared.write(line: problem) }
    leave(.usage)
case .run(let plan):
    leave(run(plan))
}
