import CryptoCore
import Feeds
import System
import TestSupport
import Testing

@testable import KafkaClient
@testable import ProducerService

@Suite("What is under way to Kafka")
struct SendWindowTests {
    @Test("however many windows a process has, they hold no more together", arguments: [1, 2, 5, 20])
    func share(windows: Int) throws {
        let (batch, entry) = try oneTick()
        var ticks = 0
        for _ in 0..<windows {
            let window = SendWindow(oneOf: windows)
            window.addSeries(partition: 0)
            while window.hasRoom { window.add(entry, of: batch) }
            #expect(window.count >= 1_024, "too few for a broker that is well")
            ticks += window.count
        }
        #expect(ticks <= 32_768)
    }

    @Test("what was acknowledged makes room, in whatever order")
    func room() throws {
        let (batch, entry) = try oneTick()
        let window = SendWindow(oneOf: 20)
        window.addSeries(partition: 0)
        while window.hasRoom { window.add(entry, of: batch) }
        var tags: [UInt64] = []
        try window.give { _, _, tag throws(KafkaError) in
            tags.append(tag)
            return true
        }
        #expect(tags.count == window.count && Set(tags).count == tags.count)
        var random = SplitMix64(seed: 1)
        for tag in tags.shuffled(using: &random) {
            window.note(Delivery(tag: tag, partition: 0, offset: 0, error: nil))
        }
        #expect(window.count == 0 && window.hasRoom && window.delivered == UInt64(tags.count))
    }

    @Test(
        "of a partition with five unanswered records nothing goes to the client; order is kept, other partitions go on")
    func lanes() throws {
        let (batch, entry) = try oneTick()
        var other = entry
        other.series = SeriesID(index: 1)
        let window = SendWindow()
        window.addSeries(partition: 3)
        window.addSeries(partition: 0)
        var given: [(series: Int32, tag: UInt64)] = []
        func give() throws -> Int {
            let before = given.count
            try window.give { entry, _, tag throws(KafkaError) in
                given.append((entry.series.index, tag))
                return true
            }
            return given.count - before
        }
        func answer(_ tag: UInt64) { window.note(Delivery(tag: tag, partition: 0, offset: 0, error: nil)) }
        for _ in 0..<7 { window.add(entry, of: batch) }
        #expect(try give() == 7, "what comes at one moment goes together")
        window.add(entry, of: batch)
        window.add(other, of: batch)
        window.add(entry, of: batch)
        #expect(try give() == 1 && given[7].series == 1 && window.isWaiting)
        answer(given[0].tag)
        answer(given[1].tag)
        #expect(try give() == 0, "five are unanswered")
        answer(given[2].tag)
        #expect(try give() == 2 && !window.isWaiting)
        let tags = given.filter { $0.series == 0 }.map(\.tag)
        #expect(tags == tags.sorted() && tags.count == 9)
        window.startAgain()
        given.removeAll()
        #expect(try give() == 7, "another client is given all that is not acknowledged")
        #expect(window.count == 7)
    }

    @Test("a record that failed is an answer to its partition at once, and one answer only")
    func refusals() throws {
        let (batch, entry) = try oneTick()
        let window = SendWindow()
        window.addSeries(partition: 0)
        var given: [UInt64] = []
        func give() throws -> Int {
            let before = given.count
            try window.give { _, _, tag throws(KafkaError) in
                given.append(tag)
                return true
            }
            return given.count - before
        }
        func refuse(_ tag: UInt64) {
            let error = KafkaError.failed(operation: "produce", code: 10, reason: "too large")
            window.note(Delivery(tag: tag, partition: 0, offset: -1, error: error))
        }
        for _ in 0..<6 { window.add(entry, of: batch) }
        #expect(try give() == 6)
        for _ in 0..<9 { window.add(entry, of: batch) }
        #expect(try give() == 0 && window.isWaiting)
        refuse(given[0])
        #expect(try give() == 0, "five are unanswered")
        refuse(given[1])
        #expect(try give() == 9 && given == given.sorted(), "those that wait go, in order")
        #expect(window.takeRefusals().count == 2 && window.count == 13)
        // 13 are unanswered: eight answers leave five.
        try #require(given.count == 15)
        for tag in given[2..<10] { refuse(tag) }
        #expect(window.takeRefusals().count == 8)
        window.add(entry, of: batch)
        #expect(try give() == 0)
        refuse(given[10])
        #expect(try give() == 1)
    }

    /// A batch with one trade of ordinary length.
    private func oneTick() throws -> (TickBatch, TickBatch.Entry) {
        var writer = TickWriter()
        var feed = SyntheticFeed(.init(symbols: ["BTC-USDT"], rate: 1000, seed: 1, count: 1), clock: SystemClock())
        var events: [FeedEvent] = []
        while writer.batch.isEmpty { _ = feed.poll(waitMs: 0, into: &writer, events: &events) }
        return (writer.batch, try #require(writer.batch.entries.first))
    }
}
