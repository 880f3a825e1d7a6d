import Compression
import CryptoCore
import Feeds
import Foundation
import System
import TestSupport
import TestTraits
import Testing

@Suite("Replaying recordings", .waiting)
struct ReplayFeedTests {
    typealias Replay = ReplayFeed<ManualClock>

    static let sample = SharedData.packageRoot.appendingPathComponent("config/sample").path
    static let sampleFiles = [
        "binance-spot-btcusdt-20230405.txt", "binance-spot-ethusdt-20240808.txt", "bybit-spot-linear-20260809.jsonl",
    ].map { "\(sample)/\($0)" }

    private func play(_ options: ReplayOptions, limit: Int = .max) throws -> (ticks: [Tick], events: [FeedEvent]) {
        var feed = try Replay(options, clock: ManualClock())
        return try drain(&feed, limit: limit)
    }

    private static func tickLine(_ n: Int64, id: String = "x") -> String {
        String(
            decoding: Tick(
                series: Series(source: "bybit", symbol: "BTC-USDT"),
                kind: .trade(Tick.Trade(tradeID: "\(id)\(n)", price: 100.5, quantity: 2, side: .buy)),
                eventTime: 1_600_000_000_000 + n, ingestTime: 1_600_000_000_100 + n
            ).encoded(), as: UTF8.self)
    }

    @Test("the shipped sample holds the trades its README names, with the exchange's and the recorder's times")
    func shippedSample() throws {
        for (file, count) in zip(Self.sampleFiles, [1686, 2692, 148]) {
            let (ticks, events) = try play(.init(files: [file], speed: .unlimited))
            #expect(ticks.count == count)
            #expect(events.first == .lap(file: file, lap: 0, ticks: count))
        }
        let first = try #require(try play(.init(files: [Self.sampleFiles[0]], speed: .unlimited), limit: 1).ticks.first)
        #expect(first.eventTime == 1_680_652_800_001)
        #expect(first.ingestTime == 1_680_652_800_005)
        #expect(first.series.description == "binance:BTC-USDT")
        let bybit = try play(.init(files: [Self.sampleFiles[2]], speed: .unlimited)).ticks
        #expect(
            Set(bybit.map(\.series.description)) == [
                "bybit:BTC-USDT", "bybit:ETH-USDT", "bybit-linear:BTC-USDT", "bybit-linear:ETH-USDT",
                "bybit-linear:SOL-USDT", "bybit-linear:DOGE-USDT",
            ])
    }

    @Test(
        "a recorder's clock in seconds, milliseconds, microseconds or nanoseconds is understood",
        arguments: [
            "1680652800", "1680652800004", "1680652800004107", "1680652800004107999",
        ])
    func receiveTimes(stamp: String) throws {
        let scratch = try Scratch()
        let ticks = try play(
            .init(files: [try scratch.file("a.txt", "\(stamp) \(BinanceTests.spotFrame)\n")], speed: .unlimited)
        ).ticks
        #expect(ticks.map(\.ingestTime) == [stamp.count == 10 ? 1_680_652_800_000 : 1_680_652_800_004])
    }

    @Test("an ingest time that is missing or a minute before the event becomes the event's")
    func implausibleReceiveTimes() throws {
        let scratch = try Scratch()
        let text =
            "\(BinanceTests.spotFrame)\n1680652000000 \(BinanceTests.spotFrame)\n1680652790000 \(BinanceTests.spotFrame)\n"
        let ticks = try play(.init(files: [try scratch.file("a.txt", text)], speed: .unlimited)).ticks
        #expect(ticks.map(\.ingestTime) == [1_680_652_799_999, 1_680_652_799_999, 1_680_652_790_000])
        #expect(ticks.allSatisfy { $0.eventTime == 1_680_652_799_999 })
    }

    @Test("ticks of ours come back as they were, repeats too, and rubbish between them is reported by line")
    func rubbish() throws {
        let scratch = try Scratch()
        let lines = [
            "# a remark", Self.tickLine(1), "rubbish", "", Self.tickLine(1), "{\"source\":\"x\",\"kind\":\"trade\"}",
            "1680652800004 {\"stream\":", "17 {}", Self.tickLine(2), "{", "[1,2]",
            "{\"t\":\"recv\",\"conn\":\"a\",\"data\":\"{}\"}", Self.tickLine(3) + "\r",
        ]
        let file = try scratch.file("a.jsonl", lines.joined(separator: "\n"))
        let (ticks, events) = try play(.init(files: [file], speed: .unlimited))
        #expect(
            events.last
                == .replayed(
                    files: [file], ticks: 4, unused: "6 lines that cannot be read, 1 frames of unknown origin (array)"))
        #expect(ticks.map(\.trade?.tradeID) == ["x1", "x1", "x2", "x3"])
        #expect(ticks.map(\.eventTime) == [1, 1, 2, 3].map { 1_600_000_000_000 + $0 })
        let bad = events.compactMap { event -> Int? in
            if case .badLine(_, let line, _) = event { return line }
            return nil
        }
        #expect(bad == [3, 6, 7, 8, 10, 12])
    }

    @Test("laps are moved by whole minutes, do not touch each other and have ids of their own")
    func laps() throws {
        let scratch = try Scratch()
        // Three ticks over two minutes.
        let lines = [0, 30_000, 90_000].map { Self.tickLine($0) }.joined(separator: "\n")
        let file = try scratch.file("a.jsonl", lines)
        let ticks = try play(.init(files: [file], speed: .unlimited, loops: true), limit: 3000).ticks
        #expect(Set(ticks.compactMap(\.trade?.tradeID)).count == ticks.count)
        for (n, tick) in ticks.enumerated() {
            let lap = Int64(n / 3)
            // 1,600,000,000,000 lies 40 s behind a minute: the ticks lie in three minutes.
            #expect(tick.eventTime == 1_600_000_000_000 + [0, 30_000, 90_000][n % 3] + lap * 180_000)
            #expect(tick.ingestTime == tick.eventTime + 100)
            #expect(tick.trade?.tradeID == "x\([0, 30_000, 90_000][n % 3])" + (lap == 0 ? "" : "#\(lap)"))
        }
    }

    @Test("shifted to now: whole minutes, the first tick less than a minute old, distances kept")
    func shift() throws {
        let clock = ManualClock(wallMs: 1_700_000_012_345)
        var feed = try Replay(
            .init(files: [Self.sampleFiles[0]], speed: .unlimited, shift: .beginsNow), clock: clock)
        let ticks = try drain(&feed).ticks
        let plain = try play(.init(files: [Self.sampleFiles[0]], speed: .unlimited)).ticks
        let shift = ticks[0].eventTime - plain[0].eventTime
        #expect(shift % 60_000 == 0)
        #expect((0..<60_000).contains(1_700_000_012_345 - ticks[0].ingestTime))
        #expect(zip(ticks, plain).allSatisfy { $0.eventTime == $1.eventTime + shift && $0.kind != $1.kind })
        #expect(ticks[0].trade?.tradeID == "3071245455@\(shift / 60_000)")
    }

    @Test("shifted to now nothing runs ahead of the clock, however fast it is played", arguments: [1.0, 10, .infinity])
    func holdsBack(speed: Double) throws {
        let clock = ManualClock(wallMs: 1_700_000_012_345)
        var feed = try Replay(
            .init(
                files: [Self.sampleFiles[0]], speed: speed.isFinite ? .times(speed) : .unlimited, shift: .beginsNow,
                loops: true), clock: clock)
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var (count, most) = (0, Int64.min)
        // Some seven minutes: two laps and a part of the third.
        for _ in 0..<10_000 where clock.monotonicMs() < 430_000 {
            _ = feed.poll(waitMs: 100, into: &writer, events: &events)
            count += writer.batch.count
            most = max(most, writer.batch.entries.map { $0.eventTime - clock.wallMs() }.max() ?? .min)
            writer.batch.removeAll()
        }
        #expect(most <= 0, "\(most) ms ahead")
        #expect(count > 2 * 1_686 && count < 4 * 1_686)
    }

    @Test(
        "ending now: so many laps at once, the last one's end less than a minute old; then as time goes",
        arguments: [1, 3])
    func endsNow(laps: Int64) throws {
        let now: Int64 = 1_700_000_012_345
        let clock = ManualClock(wallMs: now)
        var options = ReplayOptions(files: Self.sampleFiles, shift: .endsNow(laps: laps), loops: true)
        options.isSideBySide = true
        options.sourcePrefix = "sample-"
        var feed = try Replay(options, clock: clock)
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var ticks: [Tick] = []
        func poll() throws {
            _ = feed.poll(waitMs: 100, into: &writer, events: &events)
            ticks += try writer.batch.ticks()
            writer.batch.removeAll()
        }
        while clock.monotonicMs() == 0 { try poll() }
        // All laps of all files: what a later one has is not due yet.
        let ended = events.count { if case .lap(_, let lap, _) = $0 { lap < laps } else { false } }
        #expect(ended == 3 * Int(laps))
        for source in ["sample-binance", "sample-bybit", "sample-bybit-linear"] {
            let times = ticks.filter { $0.series.source == source }.map(\.eventTime)
            let newest = try #require(times.max())
            // One recorder's clock was 1.27 s slow: what came now is later.
            #expect((-1_300..<60_000).contains(now - newest), "\(source) ends \(now - newest) ms ago")
        }
        #expect(Set(ticks.compactMap(\.trade?.tradeID)).count == ticks.count)
        // From here on nothing comes before its time, and two more minutes take two minutes.
        let history = ticks.count
        while clock.monotonicMs() < 120_000 {
            try poll()
            #expect(ticks.last.map { $0.eventTime <= clock.wallMs() + 1_300 } ?? true)
        }
        #expect(ticks.count > history + 1_000)
    }

    @Test(
        "a prefix stands before the source of frames and of ticks of ours, shifted or not",
        arguments: [ReplayOptions.Shift.none, .beginsNow])
    func prefix(shift: ReplayOptions.Shift) throws {
        let scratch = try Scratch()
        let ours = try scratch.file("a.jsonl", Self.tickLine(1))
        var options = ReplayOptions(files: [ours, Self.sampleFiles[0]], speed: .unlimited, shift: shift)
        options.sourcePrefix = "sample-"
        let ticks = try play(options).ticks
        #expect(ticks.count == 1687)
        #expect(Set(ticks.map(\.series.description)) == ["sample-bybit:BTC-USDT", "sample-binance:BTC-USDT"])
    }

    @Test("the original pace takes the recording's time, ten times faster a tenth of it", arguments: [1.0, 10.0])
    func pace(speed: Double) throws {
        let clock = ManualClock()
        var feed = try Replay(.init(files: [Self.sampleFiles[0]], speed: .times(speed)), clock: clock)
        let count = try drain(&feed).ticks.count
        #expect(count == 1686)
        #expect(abs(Double(clock.monotonicMs()) * speed - 180_000) < 5000)
    }

    @Test("files are one recording, merged by receive time; the order does not depend on speed or on theirs")
    func merging() throws {
        let scratch = try Scratch()
        let early = try scratch.file("early", [0, 400].map { Self.tickLine($0, id: "e") }.joined(separator: "\n"))
        let late = try scratch.file("late", [100, 300].map { Self.tickLine($0, id: "l") }.joined(separator: "\n"))
        let other = try scratch.file(
            "other", [0, 200].map { Self.tickLine($0 + 86_400_000, id: "o") }.joined(separator: "\n"))
        for files in [[early, late, other], [other, late, early]] {
            for speed in [ReplayOptions.Speed.unlimited, .times(1)] {
                let ids = try play(.init(files: files, speed: speed)).ticks.compactMap(\.trade?.tradeID)
                #expect(ids == ["e0", "l100", "l300", "e400", "o86400000", "o86400200"])
            }
        }
    }

    @Test(
        "files a day apart follow each other: without the pause, with their own times; moved, they have none",
        arguments: [ReplayOptions.Shift.none, .beginsNow])
    func pauses(shift: ReplayOptions.Shift) throws {
        let scratch = try Scratch()
        let dayMs: Int64 = 86_400_000
        let files = try (0..<3).map { day in
            try scratch.file(
                "\(day)",
                (0..<90).map { Self.tickLine(Int64(day) * dayMs + $0 * 1_000) }.joined(separator: "\n"))
        }
        let clock = ManualClock(wallMs: 1_700_000_000_000)
        var feed = try Replay(.init(files: files, shift: shift), clock: clock)
        let ticks = try drain(&feed).ticks
        #expect(ticks.count == 270)
        let times = ticks.map(\.eventTime)
        #expect(times == times.sorted())
        // Three times 89 s, and less than a minute twice.
        #expect((267_000..<267_000 + 2 * 60_000).contains(clock.monotonicMs()))
        let lengthMs = times[269] - times[0]
        #expect(shift == .none ? lengthMs == 2 * dayMs + 89_000 : lengthMs < 267_000 + 2 * 60_000)
        #expect(shift == .none || times[269] <= clock.wallMs())
    }

    @Test("laps of several files begin together, behind the last of them")
    func lapsOfSeveral() throws {
        let scratch = try Scratch()
        let files = try ["a", "b"].map { name in
            try scratch.file(name, [0, 500].map { Self.tickLine($0, id: name) }.joined(separator: "\n"))
        }
        let ticks = try play(.init(files: files, speed: .unlimited, loops: true), limit: 12).ticks
        #expect(
            ticks.prefix(8).compactMap(\.trade?.tradeID)
                == ["a0", "b0", "a500", "b500", "a0#1", "b0#1", "a500#1", "b500#1"])
        #expect(ticks[4].eventTime == ticks[0].eventTime + 60_000)
    }

    @Test("a million lines of rubbish are counted once each, in bounded memory, and leave time to look up")
    func rubbishWithoutEnd() throws {
        let scratch = try Scratch()
        let file = try scratch.file("a", String(repeating: "rubbish\n", count: 1_000_000) + Self.tickLine(1))
        var feed = try Replay(.init(files: [file], speed: .unlimited), clock: ManualClock())
        var writer = TickWriter()
        var events: [FeedEvent] = []
        var (bad, most, polls) = (0, 0, 0)
        while feed.poll(waitMs: 0, into: &writer, events: &events) == .running {
            bad += events.count { if case .badLine = $0 { true } else { false } }
            (most, polls) = (max(most, events.count), polls + 1)
            events.removeAll(keepingCapacity: true)
        }
        #expect(bad == 1_000_000 && most <= 10_000 && polls >= 100 && writer.batch.count == 1)
        #expect(events.contains(.replayed(files: [file], ticks: 1, unused: "1000000 lines that cannot be read")))
    }

    @Test("a recording of 0.1.0 may break off, or begin anew, behind any of its lines")
    func brokenOff() throws {
        let folder = FileManager.default.temporaryDirectory.appendingPathComponent("broken-off-\(UUID())")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(at: folder) }
        let lines = [
            #"{"t":"header","ts":1790000000,"v":1,"by":"cryptostream"}"#,
            #"{"t":"connect","conn":"binance","ts":1790000000.1,"addr":"wss://stream.binance.com:9443/stream"}"#,
            #"{"t":"series","conn":"binance","ts":1790000000.1,"source":"binance","symbol":"BTC-USDT","last_ms":1789999990000,"last_id":7,"last_trade_ms":1789999990000}"#,
            #"{"t":"connect","conn":"bybit","ts":1790000000.1,"addr":"wss://stream.bybit.com/v5/public/spot"}"#,
            #"{"t":"series","conn":"bybit","ts":1790000000.1,"source":"bybit","symbol":"BTC-USDT","last_ms":1789999990000,"last_trade_ms":1789999990000,"last_trade_id":"7","last_price":5,"last_side":"buy"}"#,
            #"{"t":"recv","conn":"bybit","ts":1790000001,"data":"{\"topic\":\"publicTrade.ETHUSDT\",\"ts\":1790000001000,\"type\":\"snapshot\",\"data\":[{\"i\":\"8\",\"T\":1790000001000,\"p\":\"5\",\"v\":\"1\",\"S\":\"Buy\",\"s\":\"ETHUSDT\"}]}"}"#,
            #"{"t":"unfilled","conn":"bybit","ts":1790000001.5,"symbol":"ETH-USDT"}"#,
            #"{"t":"unfilled","conn":"binance","ts":1790000001.5,"symbol":"BTC-USDT"}"#,
            #"{"t":"ask","conn":"bybit","ts":1790000002,"addr":"https://api.bybit.com/v5/market/recent-trade?category=spot&symbol=ETHUSDT&limit=60"}"#,
            #"{"t":"close","conn":"bybit","ts":1790000003,"reason":"disconnect"}"#,
        ]
        for count in 1...lines.count {
            for again in [[], Array(lines.prefix(5))] {
                let file = folder.appendingPathComponent("\(count)-\(again.count).jsonl").path
                try (lines.prefix(count) + again).joined(separator: "\n").write(
                    toFile: file, atomically: true, encoding: .utf8)
                let ticks = try play(.init(files: [file], speed: .unlimited)).ticks
                #expect(ticks.count { if case .trade = $0.kind { true } else { false } } == (count > 5 ? 1 : 0))
            }
        }
    }

    @Test("a compressed file reads like a plain one; a broken one says so")
    func compressed() throws {
        let scratch = try Scratch()
        let plain = try scratch.file("a.jsonl", (0..<5000).map { Self.tickLine($0) }.joined(separator: "\n"))
        let gzip = Process()
        gzip.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        gzip.arguments = ["gzip", "-k", plain]
        try gzip.run()
        gzip.waitUntilExit()
        let packed = try play(.init(files: [plain + ".gz"], speed: .unlimited))
        #expect(packed.ticks == (try play(.init(files: [plain], speed: .unlimited)).ticks))
        let bytes = try Data(contentsOf: URL(fileURLWithPath: plain + ".gz"))
        let broken = scratch.folder.appendingPathComponent("b.gz")
        try bytes.prefix(bytes.count / 2).write(to: broken)
        let events = try play(.init(files: [broken.path], speed: .unlimited)).events
        #expect(
            events.contains { if case .fileCut(broken.path, _) = $0 { true } else { false } })
        var damaged = bytes
        damaged[bytes.count / 2] ^= 0xFF
        try damaged.write(to: broken)
        #expect(
            try play(.init(files: [broken.path], speed: .unlimited)).events.contains {
                if case .fileFailed(broken.path, _) = $0 { true } else { false }
            })
    }

    @Test("a file that is not there is an error at once; an empty one ends at once, looped or not")
    func noFile() throws {
        #expect(throws: InputFileError.self) { try play(.init(files: ["/no/such/file"])) }
        let scratch = try Scratch()
        let empty = try scratch.file("empty", "")
        let (ticks, events) = try play(.init(files: [empty], loops: true))
        #expect(
            ticks.isEmpty
                && events == [
                    .lap(file: empty, lap: 0, ticks: 0), .replayed(files: [empty], ticks: 0, unused: ""),
                ])
    }

    @Test(
        "of a line that is too long only the beginning counts, wherever it ends",
        arguments: [0, 1, 9 << 20, 4 << 20 | 1])
    func endlessLine(length: Int) throws {
        let scratch = try Scratch()
        // What stands at the end of four megabytes would be a tick.
        let long = String(repeating: "x", count: (4 << 20) + length) + Self.tickLine(9)
        for end in ["", "\n", "\n" + Self.tickLine(1), "\r\n" + Self.tickLine(1) + "\n"] {
            let file = try scratch.file("a", Self.tickLine(0) + "\n" + long + end)
            let (ticks, events) = try play(.init(files: [file], speed: .unlimited))
            #expect(ticks.compactMap(\.trade?.tradeID) == (end.count > 2 ? ["x0", "x1"] : ["x0"]))
            #expect(events.compactMap { if case .badLine(_, let line, _) = $0 { line } else { nil } } == [2])
        }
    }

    @Test("the last line needs no end")
    func lastLine() throws {
        let scratch = try Scratch()
        for end in ["", "\n", "\r\n", "\n\n"] {
            let file = try scratch.file("a", Self.tickLine(0) + "\n" + Self.tickLine(1) + end)
            #expect(try play(.init(files: [file], speed: .unlimited)).ticks.count == 2)
        }
    }

    @Test("lines with a colon behind the time, and requests among them, are understood; the address tells the venue")
    func colonFormat() throws {
        let scratch = try Scratch()
        let text = """
            wss://ws.kraken.com <-> 1618678132.368463
            wss://ws.kraken.com <- 1618678132.83097: {"event":"subscribe"}
            1618678132.831468: {"event":"systemStatus","status":"online"}
            1618678150.8565571: \(KrakenTests.old)
            wss://wss.coincap.io/prices?assets=bitcoin <-> 1618678151.1
            1618678151.25: {"bitcoin":"60000.5"}
            what is this
            """
        let file = try scratch.file("a.txt", text)
        var coins = Coins()
        coins.add(id: "bitcoin", ticker: "BTC")
        let (ticks, events) = try play(.init(files: [file], speed: .unlimited, coins: coins))
        #expect(ticks.map(\.series.description) == ["kraken:BTC-USD", "kraken:BTC-USD", "coincap:BTC-USD"])
        #expect(ticks.map(\.ingestTime) == [1_618_678_150_856, 1_618_678_150_856, 1_618_678_151_250])
        #expect(events.count == 3)
    }

    @Test("a frame without an address is known by its keys")
    func venues() throws {
        let scratch = try Scratch()
        let frames = [
            BybitTests.linearFrame, BybitTests.spotFrame, BinanceTests.spotFrame, BinanceTests.futuresFrame,
            CoinbaseTests.update, CoinbaseTests.match, KrakenTests.update, KrakenTests.old, CoinCapTests.tradeFrame,
        ]
        let text = frames.map { "1800000000 \($0)\n" }.joined()
        let (ticks, events) = try play(.init(files: [try scratch.file("a.txt", text)], speed: .unlimited))
        #expect(
            ticks.map(\.series.source) == [
                "bybit-linear", "bybit", "binance", "binance-linear", "coinbase", "coinbase", "kraken", "kraken",
                "kraken", "kraken", "coincap-binance",
            ])
        #expect(events.count == 1)
    }

    @Test(
        "every recording replays to its end without a bad line", .enabled(if: SharedData.isPresent),
        arguments: [
            ("bybit/ws-v5-linear-spot-20260809-firsthalf.jsonl.gz", 148),
            ("binance/ws-spot-btcusdt-trade-20240808T2354-20240809T0005.txt.gz", 19_904),
            ("binance/ws-spot-ethusdt-trade-20240808T2354-20240809T0005.txt.gz", 14_515),
            ("binance/ws-usdm-btcusdt-trade-20240808T2354.txt.gz", 21_313),
            ("binance/ws-usdm-ethusdt-trade-20240808T2354.txt.gz", 14_076),
            ("binance/ws-usdm-btcusdt-trade-20230404T2358-20230405T0006.txt.gz", 12_934),
            ("binance/ws-spot-btcusdt-trade-20230405T0000.txt.gz", 3_144),
            ("binance/ws-futures-aggtrade-kline-20210722.jsonl.gz", 0),
            ("coinbase/ws-advanced-trade-20260809-firsthalf.jsonl.gz", 256),
            ("coinbase/ws-exchange-matches-ticker-20210417.txt.gz", 107),
            ("kraken/ws-v1-trade-20210417.txt", 10), ("kraken/ws-v1-ticker-20210417.txt", 0),
        ])
    func everyRecording(file: String, count: Int) throws {
        let path = SharedData.file("data/\(file)").path
        let (ticks, events) = try play(.init(files: [path], speed: .unlimited))
        #expect(ticks.count == count)
        #expect(events.first == .lap(file: path, lap: 0, ticks: count) && events.count <= 2)
        let turnover = ticks.compactMap(\.trade).reduce(0) { $0 + $1.price * $1.quantity }
        let expected = try Self.turnover(file)
        #expect(abs(turnover - expected.sum) <= 1e-9 * expected.sum && count == expected.count)
        #expect(ticks.count { $0.trade?.side == .buy } == expected.bought)
    }

    /// Price times quantity of every trade, and how many takers bought, by Foundation's JSON.
    private static func turnover(_ file: String) throws -> (sum: Double, count: Int, bought: Int) {
        let frames =
            file.contains(".jsonl")
            ? try Frames.recorded("data/\(file)").map(\.frame)
            : file.hasPrefix("binance") ? try Frames.stamped("data/\(file)") : try Frames.colonStamped("data/\(file)")
        var result = (sum: 0.0, count: 0, bought: 0)
        for frame in frames {
            let json = try JSONSerialization.jsonObject(with: Data(frame))
            for trade in PlainTrade.all(in: json) {
                result.sum += trade.price * trade.quantity
                result.count += 1
                if trade.takerBought { result.bought += 1 }
            }
        }
        return result
    }
}
