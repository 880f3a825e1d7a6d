import CryptoCore
import Foundation
import Storage
import Testing

/// The stores that history is read from.
enum StoreKind: String, CaseIterable, Sendable {
    case sqlite, mongoDB

    /// A server that tests may use; `MONGODB_URI` names it.
    static let mongoURI = ProcessInfo.processInfo.environment["MONGODB_URI"].flatMap { $0.isEmpty ? nil : $0 }

    static var available: [StoreKind] { mongoURI == nil ? [.sqlite] : allCases }
}

/// A store of a test's own, filled as a sink fills it.
final class SeededStore {
    /// A minute's start.
    static let noon: Int64 = 1_763_719_200_000
    static let series = Series(source: "sample", symbol: "BTC-USD")

    let folder: String
    let location: String
    private(set) var writer: (any Store)?
    private var offset: Int64 = 0

    /// - Parameter isMade: whether the store is there from the beginning.
    init(_ kind: StoreKind = .sqlite, isMade: Bool = true) throws {
        let name = "cryptostream-test-\(UUID().uuidString.prefix(8).lowercased())"
        folder = FileManager.default.temporaryDirectory.appendingPathComponent(name).path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        if kind == .mongoDB, let uri = StoreKind.mongoURI, let scheme = uri.range(of: "://") {
            let host = uri[scheme.upperBound...].prefix { $0 != "/" && $0 != "?" }
            let options = uri.firstIndex(of: "?").map { String(uri[$0...]) } ?? ""
            location = "\(uri[..<scheme.upperBound])\(host)/\(name)\(options)"
        } else {
            location = "sqlite://\(folder)/store.db"
        }
        if isMade { try make() }
    }

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    var path: String { "\(folder)/store.db" }

    /// Makes the store, as a sink that starts does.
    func make() throws {
        let store = try StoreLocation(location).open(keepMs: 0)
        if store.identity == nil { try store.begin(StoreIdentity(prefix: "crypto"), holding: []) }
        writer = store
    }

    /// Removes the file.
    func remove() throws {
        writer = nil
        for end in ["", "-wal", "-shm"] { try? FileManager.default.removeItem(atPath: path + end) }
    }

    func write(_ records: [(topic: Topic, key: [UInt8], value: [UInt8])]) throws {
        var batch = RowBatch(prefix: "crypto")
        for record in records {
            offset += 1
            let origin = RecordOrigin(record.topic, partition: 0, offset: offset, timestampMs: SeededStore.noon)
            try batch.append(origin, key: record.key.span.bytes, value: record.value.span.bytes)
        }
        let outcome = try #require(writer).write(batch, holding: [], now: SeededStore.noon)
        #expect(outcome.rejected.isEmpty)
    }

    func write(_ ticks: [Tick]) throws {
        try write(ticks.map { (.ticks, Array($0.series.description.utf8), $0.encoded()) })
    }

    func write(_ topic: Topic, _ records: [some SeriesRecord]) throws {
        try write(
            records.map { record in
                var json = JSONWriter()
                record.encode(into: &json)
                return (topic, Array(record.series.description.utf8), json.bytes)
            })
    }

    /// Writes ticks, and the minutes that the processor makes of them.
    /// - Returns: the final minutes, as the processor wrote them.
    @discardableResult
    func write(ticks: [Tick], withMinutes: Bool = true) throws -> [WindowAggregate] {
        var windows = PartitionWindows(topic: "crypto.ticks", partition: 0)
        var output = OutputBatch()
        for (offset, tick) in ticks.enumerated() {
            let key = Array(tick.series.description.utf8)
            let value = tick.encoded()
            windows.add(
                key: key.span.bytes, value: value.span.bytes, offset: Int64(offset), now: tick.ingestTime, into: &output
            )
        }
        try write(ticks)
        var minutes: [WindowAggregate] = []
        for record in output.records where record.topic == .tumbling {
            let bytes = Array(output.valueBytes[record.value])
            minutes.append(try WindowAggregate(decoding: bytes.span.bytes))
        }
        if withMinutes { try write(.tumbling, minutes) }
        return minutes
    }
}

extension Tick {
    static func trade(
        _ id: String, _ series: Series = SeededStore.series, price: Double = 100, quantity: Double = 0.5,
        side: Side? = .buy,
        at time: Int64, isBlock: Bool = false
    ) -> Tick {
        let trade = Trade(tradeID: id, price: price, quantity: quantity, side: side, isBlockTrade: isBlock)
        return Tick(series: series, kind: .trade(trade), eventTime: time, ingestTime: time + 40)
    }

    static func gap(_ span: Range<Int64>, _ series: Series = SeededStore.series) -> Tick {
        Tick(
            series: series, kind: .gap(Gap(from: span.lowerBound, to: span.upperBound, reason: "disconnect")),
            eventTime: span.upperBound, ingestTime: span.upperBound + 40)
    }
}

extension WindowAggregate {
    /// A final minute whose price is `close` all along.
    static func minute(_ start: Int64, _ series: Series = SeededStore.series, close: Double = 100) -> WindowAggregate {
        var window = WindowAggregate()
        window.series = series
        (window.windowStart, window.windowEnd) = (start, start + 60_000)
        (window.isFinal, window.count) = (true, 3)
        (window.volume, window.amount, window.buyVolume, window.sellVolume) = (2, 2 * close, 1.5, 0.5)
        (window.averagePrice, window.vwap) = (close, close)
        (window.open, window.high, window.low, window.close) = (close, close, close, close)
        (window.firstTime, window.lastTime) = (start, start + 59_999)
        return window
    }
}
