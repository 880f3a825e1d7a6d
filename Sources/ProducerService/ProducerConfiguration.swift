internal import Feeds
internal import Glibc
internal import NetClient
package import ServiceKit

/// What the producer runs with.
package struct ProducerConfiguration: Sendable {
    /// Where ticks come from; `playsSample` stands above them.
    package var sources: [SourceName]
    /// CoinGecko ids, tickers or pairs.
    var symbols: [String]
    /// From one poll of a price to the next. *Units*: ms.
    var intervalMs: Int64
    /// So many pairs of the largest turnover, where the source has it.
    var top: Int?
    /// How far back history is wanted at the start. *Units*: ms; 0: it is not.
    var backfillMs: Int64
    /// The shipped recordings in place of the sources.
    package var playsSample: Bool
    /// What is replayed, and how, without what is known of coins and pairs.
    var replay: ReplayOptions
    /// Trades a second that are invented, all symbols together.
    var rate: Int
    var seed: Int
    /// How many trades are invented; nil: until it is stopped.
    var count: Int?
    /// Where to connect instead of to the venue.
    var endpoints: [SourceName: Endpoint]
    var buffer: Buffer
    /// Where what live sources send is written down.
    var recordFile: String?
    /// The table of coins; nil: the shipped one.
    var coinsFile: String?

    /// Where ticks of live sources wait while Kafka is away.
    struct Buffer: Sendable {
        var bytes: Int64
        var folder: String
    }

    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings) throws(UsageError) {
        sources = settings[ProducerFlags.source]
        symbols = settings[ProducerFlags.symbols]
        intervalMs = settings[ProducerFlags.interval]
        top = settings[ProducerFlags.top]
        backfillMs = settings[ProducerFlags.backfill]
        playsSample = settings[ProducerFlags.sample]
        replay = ReplayOptions(
            files: settings[ProducerFlags.file], speed: settings[ProducerFlags.speed],
            shift: settings[ProducerFlags.shift] == .now ? .beginsNow : .none, loops: settings[ProducerFlags.loop])
        replay.fromFrames = settings[ProducerFlags.fromFrames]
        rate = settings[ProducerFlags.rate]
        seed = settings[ProducerFlags.seed]
        count = settings[ProducerFlags.count]
        endpoints = settings[ProducerFlags.endpoint]
        buffer = Buffer(
            bytes: settings[ProducerFlags.buffer],
            folder: settings[ProducerFlags.bufferDir] ?? ProducerConfiguration.temporaryFolder())
        recordFile = settings[ProducerFlags.record]
        coinsFile = settings[ProducerFlags.coins]
        let problems = ProducerPlan(self).problems
        if !problems.isEmpty { throw UsageError(problems) }
    }

    /// Whether a source can wait: what exchanges say cannot be held back.
    package var canWait: Bool { playsSample || sources.contains { !$0.isLive } }

    private static func temporaryFolder() -> String {
        let folder = getenv("TMPDIR").map { String(cString: $0) } ?? ""
        return folder.isEmpty ? "/tmp" : folder
    }
}
