import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import Feeds

@Suite("A buffer of ticks")
struct DiskBufferTests {
    /// A tick as a buffer is given it; the text need not be JSON.
    private struct Item: Equatable {
        var series: Int32
        var kind: TickKind
        var eventTime: Int64
        var text: [UInt8]

        static func random(_ number: Int, _ rng: inout SplitMix64, longest: Int) -> Item {
            let count = Int.random(in: 0...longest, using: &rng)
            return Item(
                series: Int32.random(in: 0...70_000, using: &rng),
                kind: [.trade, .quote, .gap].randomElement(using: &rng) ?? .gap,
                eventTime: Int64.random(in: .min ... .max, using: &rng),
                text: Array("\(number):".utf8) + (0..<count).map { _ in UInt8.random(in: 0...255, using: &rng) })
        }

        var entry: TickBatch.Entry {
            TickBatch.Entry(
                series: SeriesID(index: series), offset: 0, count: text.count, eventTime: eventTime, kind: kind)
        }
    }

    private static func items(_ batch: TickBatch) -> [Item] {
        batch.entries.map { entry in
            Item(
                series: entry.series.index, kind: entry.kind, eventTime: entry.eventTime,
                text: batch.withBytes(of: entry) { bytes in bytes.withUnsafeBytes { Array($0) } })
        }
    }

    private static func append(_ item: Item, to buffer: DiskBuffer) -> Bool {
        buffer.append(item.entry, item.text.span.bytes)
    }

    /// Adds ticks until there is no room.
    private static func fill(_ buffer: DiskBuffer, _ rng: inout SplitMix64) {
        while append(.random(0, &rng, longest: 100), to: buffer) {}
    }

    @Test("whatever comes in between, what goes in comes out, in order and bit by bit", arguments: UInt64(0)..<40)
    func order(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let scratch = try Scratch()
        let quota = DiskQuota(bytes: [0, 4_000, 40_000, 4_000_000][Int(seed % 4)], folder: scratch.folder.path)
        let buffer = DiskBuffer(
            quota, memoryBytes: Int.random(in: 0...8_000, using: &rng),
            blockBytes: Int.random(in: 1...900, using: &rng))
        let longest = Int.random(in: 1...400, using: &rng)
        var model: [Item] = []
        var number = 0
        for _ in 0..<150 {
            if Int.random(in: 0..<10, using: &rng) < 6 {
                for _ in 0..<Int.random(in: 1...20, using: &rng) {
                    let item = Item.random(number, &rng, longest: longest)
                    number += 1
                    if Self.append(item, to: buffer) { model.append(item) } else { #expect(buffer.problem != nil) }
                }
            } else {
                var batch = TickBatch()
                let limit = Int.random(in: 1...60, using: &rng)
                let bytes = Int.random(in: 1...4_000, using: &rng)
                let taken = buffer.take(limit: limit, bytes: bytes, into: &batch)
                #expect(taken == batch.count && taken <= limit && (taken > 0 || model.isEmpty))
                #expect(batch.usedBytes <= max(bytes, batch.entries.first?.count ?? 0))
                #expect(Self.items(batch) == Array(model.prefix(taken)))
                model.removeFirst(taken)
            }
            #expect(buffer.count == model.count && buffer.isEmpty == model.isEmpty)
            #expect(quota.usedBytes <= quota.bytes)
            #expect(buffer.sizeBytes == Int64(model.reduce(0) { $0 + BufferBlock.headBytes + $1.text.count }))
            if !buffer.isOnDisk { #expect(quota.usedBytes == 0) }
        }
        var rest = TickBatch()
        while buffer.take(limit: 1000, bytes: 1 << 20, into: &rest) > 0 {}
        #expect(Self.items(rest) == model)
        #expect(buffer.isEmpty && buffer.sizeBytes == 0 && quota.usedBytes == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: scratch.folder.path).isEmpty)
    }

    @Test("room on the disk comes back as it is read, also while ticks are added")
    func givenBack() throws {
        let scratch = try Scratch()
        let quota = DiskQuota(bytes: 64_000, folder: scratch.folder.path)
        let buffer = DiskBuffer(quota, memoryBytes: 0, blockBytes: 1_000)
        var rng = SplitMix64(seed: 1)
        var waiting: [Item] = []
        var refused = 0
        for number in 0..<20_000 {
            let item = Item.random(number, &rng, longest: 200)
            if Self.append(item, to: buffer) { waiting.append(item) } else { refused += 1 }
            if waiting.count > 300 {
                var batch = TickBatch()
                #expect(buffer.take(limit: 1, bytes: 1, into: &batch) == 1)
                #expect(Self.items(batch)[0] == waiting.removeFirst())
            }
        }
        #expect(refused == 0)
        #expect(buffer.isOnDisk && quota.usedBytes > 20_000)
    }

    @Test("two buffers share the quota; the end of one gives it back")
    func shared() throws {
        let scratch = try Scratch()
        let quota = DiskQuota(bytes: 10_000, folder: scratch.folder.path)
        let second = DiskBuffer(quota, memoryBytes: 0, blockBytes: 500)
        var rng = SplitMix64(seed: 2)
        do {
            let first = DiskBuffer(quota, memoryBytes: 0, blockBytes: 500)
            Self.fill(first, &rng)
            #expect(quota.usedBytes > 9_000 && first.problem?.contains("10000 bytes") == true)
            Self.fill(second, &rng)
            #expect(!second.isOnDisk && second.count > 0)
        }
        #expect(quota.usedBytes == 0)
        Self.fill(second, &rng)
        #expect(quota.usedBytes > 9_000)
        second.removeAll()
        #expect(quota.usedBytes == 0 && second.isEmpty && second.sizeBytes == 0)
    }

    @Test("without a disk the buffer holds what fits in memory and says so")
    func memoryOnly() {
        let quota = DiskQuota(bytes: 0, folder: "/nowhere")
        let buffer = DiskBuffer(quota, memoryBytes: 10_000)
        var rng = SplitMix64(seed: 3)
        var held = 0
        while Self.append(.random(held, &rng, longest: 100), to: buffer) { held += 1 }
        #expect(buffer.sizeBytes > 9_000 && buffer.sizeBytes <= 10_000 && !buffer.isOnDisk)
        #expect(buffer.problem?.contains("none on the disk") == true)
    }

    @Test(
        "a folder that is not there refuses ticks, loses none, and is tried again", arguments: ["gone", "file/below"])
    func noFolder(_ name: String) throws {
        let scratch = try Scratch()
        _ = try scratch.file("file", "")
        let folder = scratch.folder.appendingPathComponent(name)
        let quota = DiskQuota(bytes: 1 << 20, folder: folder.path)
        let buffer = DiskBuffer(quota, memoryBytes: 2_000)
        var rng = SplitMix64(seed: 4)
        var held: [Item] = []
        while true {
            let item = Item.random(held.count, &rng, longest: 100)
            if !Self.append(item, to: buffer) { break }
            held.append(item)
        }
        #expect(buffer.problem?.contains(folder.path) == true && quota.usedBytes == 0)
        if name == "gone" {
            try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: false)
            var tries = 0
            while tries < 5_000 {
                let item = Item.random(held.count, &rng, longest: 100)
                tries += 1
                if Self.append(item, to: buffer) {
                    held.append(item)
                    break
                }
            }
            #expect(buffer.isOnDisk && buffer.problem == nil)
        }
        var batch = TickBatch()
        while buffer.take(limit: 10, bytes: 1_000, into: &batch) > 0 {}
        #expect(Self.items(batch) == held)
    }

    @Test(
        "a damaged block is never handed out: its gaps stand in its place, and cover each of its ticks",
        arguments: 1...3)
    func damaged(series: Int32) throws {
        let scratch = try Scratch()
        let buffer = DiskBuffer(
            DiskQuota(bytes: 1 << 20, folder: scratch.folder.path), memoryBytes: 0, blockBytes: 2_000)
        let all = (0..<series).map { Series(source: "s", symbol: "A\($0)-USD") }
        let start: Int64 = 1_790_000_000_000
        for number in 0..<200 {
            let index = Int32(number) % series
            let time = start + Int64(number) * 10
            let kind: Tick.Kind =
                number % 50 == 49
                ? .gap(Tick.Gap(from: time - 5, to: time, reason: "missed"))
                : .trade(Tick.Trade(tradeID: "\(number)", price: 1, quantity: 1, side: .buy))
            var json = JSONWriter()
            Tick(series: all[Int(index)], kind: kind, eventTime: time, ingestTime: time).encode(into: &json)
            let item = Item(
                series: index, kind: number % 50 == 49 ? .gap : .trade, eventTime: time, text: json.bytes)
            #expect(Self.append(item, to: buffer))
            if number == 100 { try scratch.damageFile() }
        }
        var batch = TickBatch()
        while buffer.take(limit: 7, bytes: 1_000, into: &batch) > 0 {}
        let ticks = try batch.ticks()
        let trades = ticks.compactMap { $0.trade.flatMap { Int($0.tradeID) } }
        let gaps = ticks.filter { $0.gap?.reason == "overflow" }
        #expect(buffer.unreadable > 3 && buffer.problem?.contains("damaged") == true && gaps.count == Int(series))
        #expect(trades == trades.sorted() && batch.entries.map(\.eventTime) == ticks.map(\.eventTime))
        for number in 0..<200 where number % 50 != 49 && !trades.contains(number) {
            let time = start + Int64(number) * 10
            let own = ticks.filter { $0.series == all[number % Int(series)] }
            let place = try #require(own.firstIndex { $0.gap?.reason == "overflow" })
            #expect(own[place].gap.map { $0.from < time && time < $0.to } == true)
            #expect(own[..<place].allSatisfy { $0.eventTime < time })
            #expect(own[(place + 1)...].allSatisfy { $0.eventTime > time })
        }
    }
}
