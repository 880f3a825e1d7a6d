internal import CryptoCore
internal import KafkaClient
internal import ServiceRuntime
internal import TestSupport

/// The last price of each series beside its last window: the smallest core that reads two topics and depends on their order.
struct PairCore: StreamCore {
    private static let version: Int64 = 1

    /// What is known of a series.
    private struct Pair {
        var price = 0.0
        var priceTime: Int64 = 0
        var average = 0.0
        var windowEnd: Int64 = 0
        /// Records of the series so far.
        var count: Int64 = 0
    }

    private enum Key: ChangelogKey {
        case position
        case series(Series)

        func encode(into bytes: inout [UInt8]) {
            switch self {
            case .position: bytes.append(UInt8(ascii: "p"))
            case .series(let series): bytes += [UInt8(ascii: "s")] + series.description.utf8
            }
        }
    }

    private let partition: Int32
    /// The inputs' full names: ticks, then windows.
    private let topics: [String]
    private var pairs: [Series: Pair] = [:]
    private var changed: Set<Series> = []
    private var restored: StreamPosition?

    init(partition: Int32, topics: [String]) {
        self.partition = partition
        self.topics = topics
    }

    mutating func add(
        _ record: RecordStamp, key: RawSpan?, value: RawSpan?, now: Int64, into output: inout OutputBatch
    ) {
        guard let value else { return refuse(record, "the record has no value", key, value, &output) }
        do throws(DecodeError) {
            if record.input == 0 {
                let tick = try Tick(decoding: value)
                guard let price = tick.price else { return }
                change(tick.series, of: record, &output) { pair in
                    pair.price = price
                    pair.priceTime = tick.eventTime
                }
            } else {
                let window = try WindowAggregate(decoding: value)
                change(window.series, of: record, &output) { pair in
                    pair.average = window.averagePrice
                    pair.windowEnd = window.windowEnd
                }
            }
        } catch {
            refuse(record, error.description, key, value, &output)
        }
    }

    // MARK: State

    var hasChanges: Bool { !changed.isEmpty }

    mutating func takeChanges(at position: StreamPosition, into batch: inout ChangelogBatch) {
        for series in changed {
            guard let pair = pairs[series] else { continue }
            batch.put(Key.series(series)) {
                $0.put(pair.price)
                $0.put(pair.priceTime)
                $0.put(pair.average)
                $0.put(pair.windowEnd)
                $0.put(pair.count)
            }
        }
        changed.removeAll(keepingCapacity: true)
        batch.put(Key.position) {
            $0.put(PairCore.version)
            position.encode(into: &$0)
        }
    }

    mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        guard let name = key?.withUnsafeBytes({ Array($0) }), let bytes = value?.withUnsafeBytes({ Array($0) }) else {
            throw .malformed(offset: offset)
        }
        var reader = ChangelogReader(bytes)
        do throws(ChangelogReader.Malformed) {
            if name == [UInt8(ascii: "p")] {
                guard try reader.integer() == PairCore.version else { throw ChangelogReader.Malformed() }
                restored = try StreamPosition(inputs: topics.count, &reader)
            } else {
                guard let series = Series(String(decoding: name.dropFirst(), as: UTF8.self)) else {
                    throw ChangelogReader.Malformed()
                }
                pairs[series] = Pair(
                    price: try reader.double(), priceTime: try reader.integer(), average: try reader.double(),
                    windowEnd: try reader.integer(), count: try reader.integer())
            }
            try reader.end()
        } catch {
            throw .malformed(offset: offset)
        }
    }

    mutating func endRestoring(now: Int64?) -> StreamPosition? { restored }

    // MARK: Parts

    /// Changes a series and writes both halves of its pair.
    private mutating func change(
        _ series: Series, of record: RecordStamp, _ output: inout OutputBatch, _ body: (inout Pair) -> Void
    ) {
        var pair = pairs[series] ?? Pair()
        body(&pair)
        pair.count += 1
        pairs[series] = pair
        changed.insert(series)
        output.append(.pairs, series) { json in
            json.beginObject()
            json.field("source", series.source)
            json.field("symbol", series.symbol)
            json.field("as_of", pair.priceTime)
            json.field("price", pair.price)
            json.field("window_end", pair.windowEnd)
            json.field("average_price", pair.average)
            json.field("count", pair.count)
            json.field("input", Int64(record.input))
            json.field("offset", record.offset)
            json.endObject()
        }
    }

    private func refuse(
        _ record: RecordStamp, _ error: String, _ key: RawSpan?, _ value: RawSpan?, _ output: inout OutputBatch
    ) {
        let letter = DeadLetter(
            originTopic: topics[record.input], originPartition: partition, originOffset: record.offset, error: error,
            service: "pair")
        output.append(letter, key: key, value: value)
    }
}

extension Tick {
    /// Nil for a gap.
    fileprivate var price: Double? {
        switch kind {
        case .trade(let trade): trade.price
        case .quote(let quote): quote.price
        case .gap: nil
        }
    }
}
