import CryptoCore
import KafkaClient
import ServiceKit
import System
import Testing

@testable import ProcessorService
@testable import ServiceRuntime

@Suite("A series in a partition that is not its key's")
struct SeriesPlacementTests {
    private static let series = Series(source: "binance", symbol: "ETH-USDT")

    private func context() throws -> ServiceContext {
        let result = CommandLineParser.parse(
            ProcessorCommand.spec, arguments: [], environment: [:], readFile: { _ in .absent })
        guard case .run(let configuration) = result else { throw Unusable() }
        return ServiceContext(
            service: "processor", configuration.common, stop: StopFlag(), log: Log(service: "test", minimum: .error))
    }

    private struct Unusable: Error {}

    @Test("is told of once, and counted; one in its own is not")
    func once() throws {
        let context = try context()
        let metrics = StreamMetrics(context)
        var placement = SeriesPlacement(context, partitions: 4, metrics.misplacedSeries)
        let own = partition(forKey: SeriesPlacementTests.series.description, count: 4)
        func misplaced() -> Int? {
            context.metrics.render().split(separator: "\n")
                .first { $0.hasPrefix("cryptostream_processor_misplaced_series_total ") }
                .flatMap { Int($0.split(separator: " ")[1]) }
        }
        placement.check(SeriesPlacementTests.series, in: own, of: .ticks)
        #expect(misplaced() == 0)
        for _ in 0..<3 { placement.check(SeriesPlacementTests.series, in: (own + 1) % 4, of: .ticks) }
        #expect(misplaced() == 1)
        placement.check(SeriesPlacementTests.series, in: (own + 2) % 4, of: .ticks)
        placement.check(Series(source: "binance", symbol: "BTC-USDT"), in: own, of: .ticks)
        #expect(misplaced()! >= 2)  // not nil: it was just there
    }

    @Test("a series is met with its first record, once; after a restart again, with the first record behind it")
    func met() throws {
        var core = PartitionWindows(topic: "crypto.ticks", partition: 0)
        var output = OutputBatch()
        func add(_ core: inout PartitionWindows, _ symbol: String, _ offset: Int64) {
            let series = Series(source: "s", symbol: symbol)
            let tick = Tick(series: series, kind: .quote(Tick.Quote(price: 1)), eventTime: offset, ingestTime: offset)
            core.add(
                key: Array(series.description.utf8).span.bytes, value: tick.encoded().span.bytes, offset: offset,
                now: 0, into: &output)
        }
        add(&core, "A-B", 0)
        add(&core, "C-D", 1)
        add(&core, "A-B", 2)
        #expect(core.takeMet().map(\.symbol) == ["A-B", "C-D"])
        add(&core, "A-B", 3)
        #expect(core.takeMet().isEmpty)
        var state = ChangelogBatch()
        core.takeChanges(into: &state)
        var successor = PartitionWindows(topic: "crypto.ticks", partition: 0)
        for record in state.records {
            try successor.restore(
                key: state.bytes.span.bytes.extracting(record.key),
                value: state.bytes.span.bytes.extracting(try #require(record.value)), offset: 0)
        }
        successor.finishRestoring()
        #expect(successor.takeMet().isEmpty)
        add(&successor, "C-D", 4)
        #expect(successor.takeMet().map(\.symbol) == ["C-D"])
    }
}
