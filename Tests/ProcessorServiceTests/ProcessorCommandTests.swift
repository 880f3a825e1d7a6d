import CryptoCore
import ServiceKit
import Testing

@testable import ProcessorService

@Suite("The processor's command line")
struct ProcessorCommandTests {
    private func parse(_ arguments: String...) -> ParseResult {
        CommandLineParser.parse(
            ProcessorCommand.spec, arguments: arguments, environment: [:], readFile: { _ in .absent })
    }

    @Test("without flags the rules are the design's")
    func defaults() throws {
        guard case .run(let settings) = parse() else { throw Missing() }
        #expect(ProcessorCommand.windows(settings) == WindowConfiguration())
    }

    @Test("an idle timeout holds after trades and after quotes; 0 is never")
    func idle() throws {
        guard case .run(let settings) = parse("--idle-timeout", "0", "--lateness", "500ms", "--slide", "5s") else {
            throw Missing()
        }
        let rules = ProcessorCommand.windows(settings)
        #expect(rules == WindowConfiguration(lateness: 500, slide: 5_000, idleAfterTrade: 0, idleAfterQuote: 0))
    }

    @Test("a slide that does not divide a minute is a usage error that says so", arguments: ["7s", "61s", "0"])
    func slide(text: String) throws {
        guard case .usage(let problems) = parse("--slide", text) else { throw Missing() }
        #expect(problems.count == 1 && problems[0].contains("--slide"))
    }

    private struct Missing: Error {}
}
