import CryptoCore
import ServiceKit
import ServiceRuntime
import Testing

@testable import ProcessorService

@Suite("The processor's command line")
struct ProcessorCommandTests {
    private func parse(_ arguments: String...) -> ParseResult<Configured<ProcessorConfiguration>> {
        CommandLineParser.parse(
            ProcessorCommand.spec, arguments: arguments, environment: [:], readFile: { _ in .absent })
    }

    @Test("without flags the rules are the design's")
    func defaults() throws {
        guard case .run(let configuration) = parse() else { throw Missing() }
        #expect(configuration.own.windows == WindowConfiguration())
    }

    @Test("an idle timeout holds after trades and after quotes; 0 is never")
    func idle() throws {
        guard case .run(let configuration) = parse("--idle-timeout", "0", "--lateness", "500ms", "--slide", "5s") else {
            throw Missing()
        }
        #expect(
            configuration.own.windows
                == WindowConfiguration(lateness: 500, slide: 5_000, idleAfterTrade: 0, idleAfterQuote: 0))
    }

    @Test("a slide that does not divide a minute is a usage error that says so", arguments: ["7s", "61s", "0"])
    func slide(text: String) throws {
        guard case .usage(let problems) = parse("--slide", text) else { throw Missing() }
        #expect(problems.count == 1 && problems[0].contains("--slide"))
    }

    @Test("--reset and --yes are flags of the processor's own program only")
    func reset() throws {
        guard case .answer = parse("--reset", "--yes") else { throw Missing() }
        guard case .usage(let problems) = parse("--yes") else { throw Missing() }
        #expect(problems == ["processor: --yes: belongs to --reset"])
        #expect(!ProcessorFlags.all.contains { ["reset", "yes"].contains($0.spec.name) })
    }

    @Test("where topics differ every smaller one is named with the command that mends it, and none is deleted")
    func mismatch() throws {
        #expect(PartitionMismatch(["a": 3, "ticks": 3], ticks: "ticks", brokers: "b") == nil)
        #expect(PartitionMismatch([:], ticks: "ticks", brokers: "b") == nil)
        let counts: [String: Int32] = ["ticks": 4, "a": 4, "b": 2, "c": 3]
        let mismatch = try #require(PartitionMismatch(counts, ticks: "ticks", brokers: "h:1,h:2"))
        #expect(mismatch.count == 4 && mismatch.fewer.map(\.topic) == ["b", "c"])
        let text = "\(mismatch)"
        #expect(text.hasPrefix("ticks has 4 partitions, but others have fewer (b 2, c 3)"))
        for topic in ["b", "c"] {
            #expect(text.contains("kafka-topics.sh --bootstrap-server h:1,h:2 --alter --topic \(topic) --partitions 4"))
        }
        #expect(!text.contains("delete"))
    }

    private struct Missing: Error {}
}
