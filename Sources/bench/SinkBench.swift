import CryptoCore
import Glibc
import ServiceKit
import Storage
import System

/// `bench sink`: JSON ticks from memory into a store, in batches as the sink writes them; Kafka is not in it.
///
/// Every writer has a thread, a store and trades of its own. Only reading the JSON and writing is timed, not making
/// it. Reports rows/s, CPU time of this process a row, and memory.
struct SinkBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "sink", summary: "Measures JSON ticks into a store, without Kafka.",
            flags: [store, rowCount, rowsABatch, connections, again, predicted],
            examples: [
                "bench sink", "bench sink --store mongodb://localhost:27017/bench --rows 200000 --batch-rows 2000",
                "bench sink --store csv:bench-sink",
            ]),
        run: { try SinkBench($0).run() })
    private static let store = Flag.text(
        "store", value: "URI", default: "sqlite:bench-sink.db", help: "where the rows go",
        check: { StoreLocation.problem(in: $0) })
    private static let rowCount = Flag.integer(
        "rows", 1_000...100_000_000, default: 1_000_000, help: "how many trades in all")
    private static let rowsABatch = Flag.integer("batch-rows", 1...100_000, default: 5000, help: "rows a batch")
    private static let connections = Flag.integer(
        "connections", 1...16, default: 2, help: "writers side by side (MongoDB; others have one)")
    private static let again = Flag.toggle(
        "again", help: "write the same rows once more, as after a crash, and time that too")

    private static let predicted = Flag.toggle(
        "predicted", help: "beside each trade a prediction of the default model; a row is then such a pair")

    private let location: StoreLocation
    private let rows: Int
    private let batchRows: Int
    private let writers: Int
    private let repeats: Bool
    private let isPredicted: Bool
    /// The first trade id: another one each run, so that rows are new.
    private let firstID: Int64

    private init(_ settings: Settings) throws {
        location = try StoreLocation(settings[SinkBench.store])
        rows = settings[SinkBench.rowCount]
        batchRows = settings[SinkBench.rowsABatch]
        writers = min(settings[SinkBench.connections], location.maximumWriters)
        repeats = settings[SinkBench.again]
        isPredicted = settings[SinkBench.predicted]
        firstID = SystemClock().wallMs() * 1000
    }

    private func run() throws {
        let what = "\(rows) trades\(isPredicted ? ", predicted," : "")"
        print("sink: \(what) in batches of \(batchRows) into \(location.description), \(writers) writers")
        try measure("rows/s")
        if repeats { try measure("rows/s of rows that are there") }
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        print("  memory at most        \(usage.ru_maxrss / 1024) MiB")
    }

    private func measure(_ what: String) throws {
        let threads = (0..<writers).map { index in
            WriterThread(name: "writer-\(index)") { try write(index) }
        }
        var rate = 0.0
        var cpuSeconds = 0.0
        for thread in threads {
            let times = try thread.value()
            rate += Double(rows / writers) / times.wall
            cpuSeconds += times.cpu
        }
        print("  rate                  \(Int(rate)) \(what)")
        print("  CPU                   \(tenths(cpuSeconds * 1e6 / Double(rows))) us a row")
    }

    private func tenths(_ number: Double) -> String { String((number * 10).rounded() / 10) }

    /// Writes one writer's share.
    /// - Returns: seconds of wall and of this thread's CPU time that reading and writing took.
    private func write(_ index: Int) throws -> (wall: Double, cpu: Double) {
        let store = try location.open(keepMs: 30 * 86_400_000)
        if store.identity == nil { try store.begin(StoreIdentity(prefix: "crypto"), holding: []) }
        var batch = RowBatch(prefix: "crypto")
        let clock = SystemClock()
        var times = (wall: 0.0, cpu: 0.0)
        var done = 0
        while done < rows / writers {
            let count = min(batchRows, rows / writers - done)
            let first = firstID + Int64(index * rows + done)
            let lap = Trades(from: first, count: count, arePredicted: isPredicted)
            let start = (wall: clock.monotonicNs(), cpu: clock.threadNs())
            batch.removeAll()
            try lap.append(to: &batch)
            let holding = (0..<Int32(20)).map {
                HeldPartition(
                    cluster: "bench-\(index)", topic: "crypto.ticks", partition: $0,
                    next: lap.firstID + Int64(lap.count))
            }
            let rejected = try store.write(batch, holding: holding, now: clock.wallMs()).rejected
            if let first = rejected.first { throw Refused(reason: first.reason) }
            times.wall += Double(clock.monotonicNs() - start.wall) / 1e9
            times.cpu += Double(clock.threadNs() - start.cpu) / 1e9
            done += lap.count
        }
        return times
    }

    private struct Refused: Error { let reason: String }
}

/// A thread that ends with a result.
private final class WriterThread: Sendable {
    private let thread: Thread
    private let result = Monitor<(wall: Double, cpu: Double)?>(nil)

    init(name: String, body: @escaping @Sendable () throws -> (wall: Double, cpu: Double)) {
        thread = Thread(name: name) { [result] in
            let value = try body()
            result.change { $0 = value }
        }
    }

    func value() throws -> (wall: Double, cpu: Double) {
        while true {
            if case .failed(let error) = thread.join(ms: 1_000_000) { throw error }
            if let value = result.withLock({ $0 }) { return value }
        }
    }
}

/// Trades of twenty series as JSON, one after the other, with keys, and what a model says of each.
private struct Trades {
    let count: Int
    let firstID: Int64
    private var json: [UInt8] = []
    private var ends: [Int] = []
    private var predictions = OutputBatch()
    private static let series = (0..<20).map { Series(source: "bybit", symbol: "C\($0)-USDT") }
    private static let keys = series.map { Array($0.description.utf8) }

    init(from firstID: Int64, count: Int, arePredicted: Bool) {
        self.firstID = firstID
        self.count = count
        var writer = JSONWriter(reservingBytes: count * 200)
        for i in 0..<count {
            let id = firstID + Int64(i)
            let tick = Tick(
                series: Trades.series[i % Trades.series.count],
                kind: .trade(
                    Tick.Trade(
                        tradeID: "2290000000\(id)", price: 91_234.5 + Double(id % 1000) / 10,
                        quantity: Double(id % 977 + 1) / 1000, side: id % 2 == 0 ? .buy : .sell)),
                eventTime: id / 1000, ingestTime: id / 1000 + 37)
            writer.beginDocument()
            tick.encode(into: &writer)
            ends.append(writer.bytes.count)
            if arePredicted { predictions.append(.predictions, Trades.prediction(of: tick, id)) }
        }
        json = writer.bytes
    }

    private static func prediction(of tick: Tick, _ id: Int64) -> Prediction {
        var prediction = Prediction()
        prediction.series = tick.series
        (prediction.model, prediction.version, prediction.modelHash) = ("direction", 1, "0123456789abcdef")
        (prediction.eventTime, prediction.tradeID) = (tick.eventTime, "2290000000\(id)")
        prediction.probability = Double(id % 9973) / 9973
        prediction.isDefault = true
        return prediction
    }

    func append(to batch: inout RowBatch) throws {
        var start = 0
        for i in 0..<count {
            let value = json.span.bytes.extracting(start..<ends[i])
            let origin = RecordOrigin(.ticks, partition: Int32(i % 20), offset: firstID + Int64(i), timestampMs: 0)
            let key = Trades.keys[i % Trades.keys.count]
            try batch.appendTick(value, key: key.span.bytes, origin: origin)
            start = ends[i]
        }
        for (i, record) in predictions.records.enumerated() {
            let value = predictions.valueBytes.span.bytes.extracting(record.value)
            let offset = firstID + Int64(i)
            let origin = RecordOrigin(.predictions, partition: Int32(i % 20), offset: offset, timestampMs: 0)
            try batch.append(origin, key: nil, value: value)
        }
    }
}
