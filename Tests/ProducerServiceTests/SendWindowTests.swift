import CryptoCore
import Feeds
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

    /// A batch with one trade of ordinary length.
    private func oneTick() throws -> (TickBatch, TickBatch.Entry) {
        var writer = TickWriter()
        var feed = SyntheticFeed(.init(symbols: ["BTC-USDT"], rate: 1000, seed: 1, count: 1), clock: SystemFeedClock())
        var events: [FeedEvent] = []
        while writer.batch.isEmpty { _ = feed.poll(waitMs: 0, into: &writer, events: &events) }
        return (writer.batch, try #require(writer.batch.entries.first))
    }
}
