internal import Glibc
package import System

/// What a program tells its caller.
package enum ExitCode: Int32, Sendable {
    /// Done, or stopped as asked.
    case success = 0
    /// It could not go on.
    case failure = 1
    /// The command line or settings are wrong (EX_USAGE of sysexits.h).
    case usage = 64
}

/// Settings that turn out wrong only when they are used; `runMain` prints the problems and exits 64.
package struct UsageError: Error, Sendable, Equatable {
    /// Each says what is wrong and how to mend it, such as `--store x: must be ...`.
    package let problems: [String]

    /// One or more problems.
    package init(_ problems: String...) { self.problems = problems }

    /// As many as there are.
    package init(_ problems: [String]) { self.problems = problems }
}

/// The whole main of a service: reads the settings, sets up signals and the log, runs the body, exits.
///
/// Call it first thing, before any thread starts. An error of the body becomes one line and exit code 1.
/// *Thread*: main.
package func runMain<Own>(
    _ spec: CommandSpec<Configured<Own>>, _ body: (Configured<Own>, StopFlag, Log) throws -> Void
) -> Never {
    let result = CommandLineParser.parse(
        spec, arguments: Array(CommandLine.arguments.dropFirst()), environment: processEnvironment(),
        readFile: FileContent.read)
    let name = spec.usage.name
    switch result {
    case .show(let text): leave(.success, stdout: text)
    case .usage(let problems): leaveForUsage(problems)
    case .answer(let answer): run(name, .info) { stop, _ in try answer(stop) }
    case .run(let configuration):
        run(name, configuration.common.logLevel) { stop, log in
            try body(configuration, stop, log)
            return ""
        }
    }
}

/// - Parameter body: returns what is to be printed at the end.
private func run(_ name: String, _ level: Log.Level, _ body: (StopFlag, Log) throws -> String) -> Never {
    let log = Log(service: name, minimum: level)
    let stop = StopFlag()
    Signals.install(stop: stop, onFirst: { log.info("stopping; a second signal exits at once", ["signal": $0]) })
    do {
        leave(.success, stdout: try body(stop, log))
    } catch let error as UsageError {
        leaveForUsage(error.problems.map { "\(name): \($0)" })
    } catch let error as HealthProbe.Unwell {
        ErrorOutput.shared.write(line: "\(name): --health: \(error)")
        leave(.failure)
    } catch {
        log.error("cannot go on", ["error": "\(error)"])
        leave(.failure)
    }
}

private func leaveForUsage(_ problems: [String]) -> Never {
    for problem in problems { ErrorOutput.shared.write(line: problem) }
    leave(.usage)
}

private func leave(_ code: ExitCode, stdout text: String = "") -> Never {
    if !text.isEmpty { print(text, terminator: "") }
    fflush(nil)
    exit(code.rawValue)
}

/// The variables of the process; where one is set twice, the first counts, as for `getenv`.
private func processEnvironment() -> [String: String] {
    var result: [String: String] = [:]
    var entry = environ
    while let text = entry.pointee {
        let pair = String(cString: text)
        if let equals = pair.firstIndex(of: "=") {
            let name = String(pair[..<equals])
            if result[name] == nil { result[name] = String(pair[pair.index(after: equals)...]) }
        }
        entry += 1
    }
    return result
}
