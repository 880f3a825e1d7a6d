import CryptoCore
import Foundation
import Glibc
import NetClient
import System
import TestSupport
import TestTraits
import Testing

@testable import Feeds

@Suite("Recording", .waiting)
struct RecorderTests {
    private func play(_ path: String, fromFrames: Bool = true) throws -> (ticks: [Tick], events: [FeedEvent]) {
        try replay([path]) { $0.fromFrames = fromFrames }
    }

    private func record(_ recorder: Recorder, _ frames: [(ms: Int64, text: String)]) {
        recorder.connected(
            "bybit", address: "wss://stream.bybit.com/v5/public/spot", symbols: ["BTC-USDT"], wallMs: frames[0].ms)
        for (ms, text) in frames { recorder.received("bybit", Array(text.utf8).span.bytes, wallMs: ms) }
    }

    private static let frames: [(ms: Int64, text: String)] = (0..<500).map { n in
        (
            1_786_310_819_000 + Int64(n) * 7,
            BybitTests.spotFrame.replacingOccurrences(of: "2280000001739247417", with: "22800000017\(10_000_000 + n)")
        )
    }

    @Test("frames decode again to the same ticks, byte for byte", arguments: ["day.jsonl", "day.jsonl.gz"])
    func roundTrip(name: String) throws {
        var bybit = Bybit(.spot, anySymbol: true)
        var writer = TickWriter()
        for (ms, text) in Self.frames {
            _ = try bybit.decode(Array(text.utf8).span.bytes, receivedMs: ms, into: &writer)
        }
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent(name).path
        let recorder = try Recorder(path: path, wallMs: 1_786_310_818_000)
        record(recorder, Self.frames)
        let request = VenueRequest("https://api.bybit.com/v5/market/recent-trade?symbol=BTCUSDT")
        recorder.answered("bybit", request, VenueResponse(status: 200, body: Array("{\"a\":[1]}".utf8)), wallMs: 1)
        try recorder.close()
        let (ticks, events) = try play(path)
        #expect(ticks.map { $0.encoded() } == (try writer.batch.ticks()).map { $0.encoded() })
        #expect(ticks.count == Self.frames.count && events == [.lap(file: path, lap: 0, ticks: ticks.count)])
    }

    @Test("every byte and every millisecond of a frame survives, whatever they are", arguments: UInt64(0)..<200)
    func anyBytes(seed: UInt64) throws {
        var rng = SplitMix64(seed: seed)
        let isText = Bool.random(using: &rng)
        var frame: [UInt8] = (0..<Int.random(in: 0...300, using: &rng)).map { _ in
            isText ? UInt8.random(in: 0...127, using: &rng) : UInt8.random(in: 0...255, using: &rng)
        }
        if isText { frame += Array("é\u{1F600}\"\\\n\u{0}".utf8) }
        let ms = Int64.random(in: 1...5_000_000_000_000, using: &rng)  // until 2128
        var text = RecordingEncoder()
        var decoder = RecordingDecoder(fromFrames: true)
        text.frame("a \"b\"", frame.span.bytes, wallMs: ms)
        #expect(text.bytes.last == 0x0A && !text.bytes.dropLast().contains(0x0A))
        let line = Array(text.bytes.dropLast())
        guard case let (found, receivedMs)? = try decoder.read(line.span.bytes),
            case .frame(let read, let connection) = found
        else {
            Issue.record("no frame")
            return
        }
        #expect(read == frame && connection == "a \"b\"" && receivedMs == ms)
        #expect(!isText || String(decoding: line, as: UTF8.self).contains("\"data\""))
    }

    @Test("keys in addresses and headers are masked")
    func secrets() {
        var text = RecordingEncoder()
        let request = VenueRequest(
            "https://api.x.com/v3/price?ids=bitcoin&x_cg_demo_api_key=CG-secret1&b",
            headers: [
                "x-cg-demo-api-key": "CG-secret2", "Authorization": "Bearer secret3", "Accept": "*/*",
            ])
        text.answer("coingecko", request, VenueResponse(status: 429, retryAfterMs: 1500, body: []), wallMs: 1_500)
        text.connect(
            "coincap", address: "wss://user:secret4@wss.coincap.io/prices?assets=a&apiKey=secret5", symbols: ["A-USD"],
            top: 5, wallMs: 1)
        #expect(
            String(decoding: text.bytes, as: UTF8.self) == """
                {"t":"http","conn":"coingecko","ts":1.500,"addr":"https://api.x.com/v3/price?ids=bitcoin&x_cg_demo_api_key=***&b",\
                "headers":{"x-cg-demo-api-key":"***","Authorization":"***","Accept":"*/*"},"status":429,"retry_after_ms":1500,"data":""}
                {"t":"connect","conn":"coincap","ts":0.001,"addr":"wss://user:***@wss.coincap.io/prices?assets=a&apiKey=***",\
                "symbols":["A-USD"],"top":5}

                """)
    }

    @Test("what is noted beside frames reads back as it was")
    func events() throws {
        var text = RecordingEncoder()
        let request = VenueRequest("https://api.kraken.com/0/public/Trades?pair=XBTUSD")
        let response = VenueResponse(status: 200, retryAfterMs: 5_000, body: Array("{\"é\":\"\\n\"}".utf8))
        text.header(wallMs: 1_001)
        text.connect("a", address: "wss://ws.kraken.com/v2", symbols: ["é-\"", "B-C"], top: nil, wallMs: 1_004)
        text.answer("a", request, response, wallMs: 1_006)
        text.close("a", reason: .silent, wallMs: 1_007)
        var read: [String] = []
        var decoder = RecordingDecoder(fromFrames: true)
        for line in text.bytes.split(separator: 0x0A).map(Array.init) {
            guard case let (found, ms?)? = try decoder.read(line.span.bytes),
                case .event(let event, let connection) = found
            else { throw DecodeError(.missing("event"), at: 0) }
            read.append("\(connection) \(ms): ")
            switch event {
            case .answered(let address, let answer):
                let isSame = answer.status == 200 && answer.retryAfterMs == 5_000 && answer.body == response.body
                read[read.count - 1] += isSame ? address : "another answer"
            default: read[read.count - 1] += "\(event)"
            }
        }
        #expect(
            read == [
                " 1001: run",
                #"a 1004: connected(address: Optional("wss://ws.kraken.com/v2"), symbols: ["é-\"", "B-C"], top: nil)"#,
                "a 1006: \(request.address)", "a 1007: closed(Feeds.GapReason.silent)",
            ])
    }

    @Test("a recording is gone on with; what is none, or compressed, is left alone")
    func existing() throws {
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent("a.jsonl").path
        for part in [Self.frames[0..<3], Self.frames[3..<7]] {
            let recorder = try Recorder(path: path, wallMs: part[part.startIndex].ms)
            record(recorder, Array(part))
            try recorder.close()
            // As if killed in the middle of a line.
            let file = try #require(FileHandle(forWritingAtPath: path))
            try file.seekToEnd()
            try file.write(contentsOf: Data("{\"t\":\"recv\",\"conn\":\"byb".utf8))
            try file.close()
        }
        let (ticks, events) = try play(path)
        #expect(ticks.count { $0.trade != nil } == 7)
        // Between the runs nobody watched.
        #expect(ticks.compactMap(\.gap?.reason) == ["start"])
        #expect(events.count { if case .badLine = $0 { true } else { false } } == 2)

        let notes = try scratch.file("notes.txt", "mine\n")
        #expect(throws: RecordingError.exists(file: notes, reason: "it holds something that is no recording")) {
            try Recorder(path: notes, wallMs: 1)
        }
        let packed = scratch.folder.appendingPathComponent("b.gz").path
        try Recorder(path: packed, wallMs: 1).close()
        #expect(throws: RecordingError.self) { try Recorder(path: packed, wallMs: 1) }
        let nowhere = scratch.folder.appendingPathComponent("no/where").path
        #expect(throws: RecordingError.system(operation: "open", file: nowhere, code: ENOENT)) {
            try Recorder(path: nowhere, wallMs: 1)
        }
        #expect(try String(contentsOfFile: notes, encoding: .utf8) == "mine\n")
    }

    @Test("a disk that is full at the start is an error; one that refuses later ends the recording with one failure")
    func fullDisk() throws {
        let full = RecordingError.system(operation: "write", file: "/dev/full", code: ENOSPC)
        #expect(throws: full) { try Recorder(path: "/dev/full", wallMs: 1) }
        #expect(throws: full) {
            try Recorder(try RecordingFile("/dev/full"), path: "/dev/full", wallMs: 1)
        }
        // A pipe that nobody reads any more refuses every line.
        signal(SIGPIPE, SIG_IGN)
        let pipe = try SlowDisk()
        let recorder = try Recorder(path: pipe.path, wallMs: 1)
        pipe.close()
        record(recorder, Self.frames)
        let broken = RecordingError.system(operation: "write", file: pipe.path, code: EPIPE)
        #expect(throws: broken) { try recorder.close() }
        record(recorder, Self.frames)
        #expect(recorder.failure == broken && recorder.counts.dropped == 0)
    }

    @Test("a disk that hangs holds nobody; what finds no room is counted, and the recording says what it lacks")
    func hangingDisk() throws {
        let disk = try SlowDisk()
        let recorder = try Recorder(try RecordingFile(disk.path), path: disk.path, wallMs: 1, room: 1 << 14)
        var (ticks, writer) = (TickRecorder(recorder), TickWriter())
        var bybit = Bybit(.spot, anySymbol: true)
        func hear(_ frame: (ms: Int64, text: String)) throws {
            let bytes = Array(frame.text.utf8)
            recorder.received("bybit", bytes.span.bytes, wallMs: frame.ms)
            _ = try bybit.decode(bytes.span.bytes, receivedMs: frame.ms, into: &writer)
            ticks.add(writer.batch, count: writer.batch.count, writer.series, wallMs: frame.ms)
            writer.batch.removeAll()
        }
        recorder.connected("bybit", address: "wss://stream.bybit.com/v5/public/spot", symbols: [], wallMs: 1)
        var count = 0
        while recorder.counts.dropped < 100 {
            try hear(Self.frames[count])
            count += 1
            if count == Self.frames.count { break }
        }
        let dropped = recorder.counts.dropped
        #expect(dropped >= 100)
        let file = disk.read()
        #expect(waitUntil(seconds: 60) { file.text.contains("\"data\"") && file.isQuiet })
        try hear(Self.frames[Self.frames.count - 1])
        try recorder.close()
        file.wait()
        let counts = recorder.counts
        #expect(counts.dropped == dropped && counts.bytes == UInt64(file.text.utf8.count))
        #expect(counts.lines == UInt64(file.text.split(separator: "\n").count))

        let scratch = try Scratch()
        let path = try scratch.file("a.jsonl", file.text)
        for fromFrames in [false, true] {
            let played = try play(path, fromFrames: fromFrames).ticks
            let trades = played.filter { $0.gap == nil }
            // Everything up to some trade, then a gap up to the last one.
            #expect(trades.count >= 2 && trades.count < count)
            let gap = try #require(played.compactMap(\.gap).first)
            #expect(gap.reason == "unrecorded" && played.compactMap(\.gap).count == 1)
            #expect(gap.from == trades[trades.count - 2].eventTime && played.last?.gap == nil)
            #expect(played[played.count - 2].gap == gap)
        }
    }

    @Test("ticks that the disk was too slow for at the very end leave a gap, too")
    func endsWithGap() throws {
        let disk = try SlowDisk()
        let recorder = try Recorder(try RecordingFile(disk.path), path: disk.path, wallMs: 1, room: 1 << 12)
        var (ticks, writer) = (TickRecorder(recorder), TickWriter())
        let id = writer.series.intern(Series(source: "x", symbol: "A-B"))
        for n in 1...2_000 as ClosedRange<Int64> {
            let trade = Tick.Trade(tradeID: "\(n)", price: 1, quantity: 1, side: nil)
            let time = 1_700_000_000_000 + n
            writer.add(
                Tick(series: writer.series[id], kind: .trade(trade), eventTime: time, ingestTime: time), of: id)
            ticks.add(writer.batch, count: 1, writer.series, wallMs: time)
            writer.batch.removeAll()
        }
        #expect(recorder.counts.dropped > 0)
        let file = disk.read()
        #expect(waitUntil(seconds: 60) { file.text.contains("trade") && file.isQuiet })
        ticks.end(writer.series, wallMs: 1_700_000_003_000)
        try recorder.close()
        file.wait()
        let scratch = try Scratch()
        let played = try play(try scratch.file("a.jsonl", file.text), fromFrames: false).ticks
        let last = try #require(played.last?.gap)
        let (from, to) = (played[played.count - 2].eventTime, 1_700_000_002_001 as Int64)
        #expect(last == Tick.Gap(from: from, to: to, reason: "unrecorded") && from < to)
    }

    @Test("only its owner may read a recording", arguments: ["a.jsonl", "a.jsonl.gz"])
    func mode(name: String) throws {
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent(name).path
        try Recorder(path: path, wallMs: 1).close()
        let attributes = try FileManager.default.attributesOfItem(atPath: path)
        #expect((attributes[.posixPermissions] as? NSNumber)?.intValue == 0o600)
    }

    @Test("a recording that breaks off anywhere plays up to there", arguments: ["a.jsonl", "a.jsonl.gz"])
    func torn(name: String) throws {
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent(name).path
        let recorder = try Recorder(path: path, wallMs: 1)
        var (ticks, writer) = (TickRecorder(recorder), TickWriter())
        var bybit = Bybit(.spot, anySymbol: true)
        record(recorder, Self.frames)
        for (ms, text) in Self.frames {
            _ = try bybit.decode(Array(text.utf8).span.bytes, receivedMs: ms, into: &writer)
        }
        let all = try writer.batch.ticks()
        ticks.add(writer.batch, count: all.count, writer.series, wallMs: 1)
        try recorder.close()
        let whole = try Data(contentsOf: URL(fileURLWithPath: path))
        var counts: [Int] = []
        for size in stride(from: whole.count, through: 40, by: -whole.count / 60) {
            let part = scratch.folder.appendingPathComponent("part-\(size)-\(name)")
            try whole.prefix(size).write(to: part)
            let (played, events) = try play(part.path, fromFrames: false)
            #expect(played == Array(all.prefix(played.count)))
            #expect(!events.contains { if case .fileFailed = $0 { true } else { false } })
            counts.append(played.count)
        }
        #expect(counts.first == all.count && counts == counts.sorted(by: >) && Set(counts).count > 10)
    }

    @Test("several threads share one recorder: every line is whole, and each connection's are in order")
    func threads() async throws {
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent("a.jsonl").path
        let recorder = try Recorder(path: path, wallMs: 1)
        await withTaskGroup { group in
            for thread in 0..<4 {
                group.addTask {
                    for n in 0..<5_000 {
                        let text = "{\"n\":\(n),\"pad\":\"\(String(repeating: "x", count: n % 90))\"}"
                        recorder.received("c\(thread)", Array(text.utf8).span.bytes, wallMs: Int64(2 + n))
                    }
                }
            }
        }
        try recorder.close()
        let lines = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
        #expect(lines.count == 20_001 && recorder.counts.lines == 20_001)
        for thread in 0..<4 {
            let own = lines.filter { $0.contains("\"conn\":\"c\(thread)\"") }
            #expect(own.count == 5_000)
            #expect(own.enumerated().allSatisfy { $1.contains("{\\\"n\\\":\($0),") })
        }
    }
}
