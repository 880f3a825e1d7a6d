import CryptoCore
import Feeds
import System
import TestSupport
import Testing

@testable import KafkaClient
@testable import ProducerService

@Suite("What is under way to Kafka")
struct InFlightTests {
    @Test("however many senders a process has, they hold no more together", arguments: [1, 2, 5, 20])
    func share(senders: Int) throws {
        let (batch, entry) = try oneTick()
        var ticks = 0
        for _ in 0..<senders {
            let inFlight = InFlight(oneOf: senders)
            inFlight.addSeries(partition: 0)
            while inFlight.hasRoom { inFlight.add(entry, of: batch) }
            #expect(inFlight.count >= 1_024, "too few for a broker that is well")
            ticks += inFlight.count
        }
        #expect(ticks <= 32_768)
    }

    @Test("what was acknowledged makes room, in whatever order")
    func room() throws {
        let (batch, entry) = try oneTick()
        let inFlight = InFlight(oneOf: 20)
        inFlight.addSeries(partition: 0)
        while inFlight.hasRoom { inFlight.add(entry, of: batch) }
        var tags: [UInt64] = []
        try inFlight.give { _, _, tag throws(KafkaError) in
            tags.append(tag)
            return true
        }
        #expect(tags.count == inFlight.count && Set(tags).count == tags.count)
        var random = SplitMix64(seed: 1)
        for tag in tags.shuffled(using: &random) {
            inFlight.note(Delivery(tag: tag, partition: 0, offset: 0, error: nil))
        }
        #expect(inFlight.count == 0 && inFlight.hasRoom && inFlight.delivered == UInt64(tags.count))
    }

    @Test(
        "of a partition with five unanswered records nothing goes to the client; order is kept, other partitions go on")
    func lanes() throws {
        let (batch, entry) = try oneTick()
        var other = entry
        other.series = SeriesID(index: 1)
        let inFlight = InFlight()
        inFlight.addSeries(partition: 3)
        inFlight.addSeries(partition: 0)
        var given: [(series: Int32, tag: UInt64)] = []
        func give() throws -> Int {
            let before = given.count
            try inFlight.give { entry, _, tag throws(KafkaError) in
                given.append((entry.series.index, tag))
                return true
            }
            return given.count - before
        }
        func answer(_ tag: UInt64) { inFlight.note(Delivery(tag: tag, partition: 0, offset: 0, error: nil)) }
        for _ in 0..<7 { inFlight.add(entry, of: batch) }
        #expect(try give() == 7, "what comes at one moment goes together")
        inFlight.add(entry, of: batch)
        inFlight.add(other, of: batch)
        inFlight.add(entry, of: batch)
        #expect(try give() == 1 && given[7].series == 1 && inFlight.isWaiting)
        answer(given[0].tag)
        answer(given[1].tag)
        #expect(try give() == 0, "five are unanswered")
        answer(given[2].tag)
        #expect(try give() == 2 && !inFlight.isWaiting)
        let tags = given.filter { $0.series == 0 }.map(\.tag)
        #expect(tags == tags.sorted() && tags.count == 9)
        inFlight.startAgain()
        given.removeAll()
        #expect(try give() == 7, "another client is given all that is not acknowledged")
        #expect(inFlight.count == 7)
    }

    @Test("a record that failed is an answer to its partition at once, and one answer only")
    func refusals() throws {
        let (batch, entry) = try oneTick()
        let inFlight = InFlight()
        inFlight.addSeries(partition: 0)
        var given: [UInt64] = []
        func give() throws -> Int {
            let before = given.count
            try inFlight.give { _, _, tag throws(KafkaError) in
                given.append(tag)
                return true
            }
            return given.count - before
        }
        func refuse(_ tag: UInt64) {
            let error = KafkaError.failed(operation: "produce", code: 10, reason: "too large")
            inFlight.note(Delivery(tag: tag, partition: 0, offset: -1, error: error))
        }
        for _ in 0..<6 { inFlight.add(entry, of: batch) }
        #expect(try give() == 6)
        for _ in 0..<9 { inFlight.add(entry, of: batch) }
        #expect(try give() == 0 && inFlight.isWaiting)
        refuse(given[0])
        #expect(try give() == 0, "five are unanswered")
        refuse(given[1])
        #expect(try give() == 9 && given == given.sorted(), "those that wait go, in order")
        #expect(inFlight.takeRefusals().count == 2 && inFlight.count == 13)
        // 13 are unanswered: eight answers leave five.
        try #require(given.count == 15)
        for tag in given[2..<10] { refuse(tag) }
        #expect(inFlight.takeRefusals().count == 8)
        inFlight.add(entry, of: batch)
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
