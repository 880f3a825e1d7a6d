import CryptoCore
import Foundation
import Glibc
import System
import TestSupport
import TestTraits
import Testing

@testable import Feeds

@Suite("Recording frames", .waiting)
struct FrameRecorderTests {
    private typealias Replay = ReplayFeed<ManualClock>

    private func play(_ path: String) throws -> (ticks: [Tick], events: [FeedEvent]) {
        var feed = try Replay(.init(files: [path], speed: .unlimited), clock: ManualClock())
        return try drain(&feed)
    }

    private func record(_ recorder: FrameRecorder, _ frames: [(ms: Int64, text: String)]) {
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

    @Test("what was recorded replays to the same ticks, byte for byte", arguments: ["day.jsonl", "day.jsonl.gz"])
    func roundTrip(name: String) throws {
        var bybit = Bybit(.spot, anySymbol: true)
        var writer = TickWriter()
        for (ms, text) in Self.frames {
            _ = try bybit.decode(Array(text.utf8).span.bytes, receivedMs: ms, into: &writer)
        }
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent(name).path
        let recorder = try FrameRecorder(path: path, wallMs: 1_786_310_818_000)
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
        text.frame("a \"b\"", frame.span.bytes, wallMs: ms)
        #expect(text.bytes.last == 0x0A && !text.bytes.dropLast().contains(0x0A))
        let line = Array(text.bytes.dropLast())
        switch try RecordingDecoder.read(line.span.bytes, expectingTick: false) {
        case .quoted(let data, let connection, let receivedMs):
            #expect(Array(data.string(in: line.span.bytes).utf8) == frame)
            #expect(connection.string(in: line.span.bytes) == "a \"b\"" && receivedMs == ms)
        case .packed(let data, let connection, let receivedMs):
            let bytes = line.span.bytes.extracting(data.offset..<data.offset + data.count)
            #expect(Base64.decode(bytes) == frame && !isText)
            #expect(connection.string(in: line.span.bytes) == "a \"b\"" && receivedMs == ms)
        default: Issue.record("no frame")
        }
    }

    @Test("keys in addresses and headers are masked")
    func secrets() {
        var text = RecordingEncoder()
        let request = VenueRequest(
            "https://api.x.com/v3/price?ids=bitcoin&x_cg_demo_api_key=CG-secret1&b",
            headers: [
                .init("x-cg-demo-api-key", "CG-secret2"), .init("Authorization", "Bearer secret3"),
                .init("Accept", "*/*"),
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
        for line in text.bytes.split(separator: 0x0A).map(Array.init) {
            guard
                case .event(let event, let connection, let ms) = try RecordingDecoder.read(
                    line.span.bytes, expectingTick: false)
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
                #"a 1004: connected(address: "wss://ws.kraken.com/v2", symbols: ["é-\"", "B-C"], top: nil)"#,
                "a 1006: \(request.address)", "a 1007: closed(Feeds.GapReason.silent)",
            ])
    }

    @Test("a recording is gone on with; what is none, or compressed, is left alone")
    func existing() throws {
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent("a.jsonl").path
        for part in [Self.frames[0..<3], Self.frames[3..<7]] {
            let recorder = try FrameRecorder(path: path, wallMs: part[part.startIndex].ms)
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
            try FrameRecorder(path: notes, wallMs: 1)
        }
        let packed = scratch.folder.appendingPathComponent("b.gz").path
        try FrameRecorder(path: packed, wallMs: 1).close()
        #expect(throws: RecordingError.self) { try FrameRecorder(path: packed, wallMs: 1) }
        let nowhere = scratch.folder.appendingPathComponent("no/where").path
        #expect(throws: RecordingError.system(operation: "open", file: nowhere, code: ENOENT)) {
            try FrameRecorder(path: nowhere, wallMs: 1)
        }
        #expect(try String(contentsOfFile: notes, encoding: .utf8) == "mine\n")
    }

    @Test("a full disk ends the recording with one failure, and what comes then is let go")
    func fullDisk() throws {
        #expect(throws: RecordingError.system(operation: "write", file: "/dev/full", code: ENOSPC)) {
            try FrameRecorder(path: "/dev/full", wallMs: 1)
        }
        let recorder = FrameRecorder(try RecordingFile("/dev/full"), path: "/dev/full", wallMs: 1)
        #expect(recorder.failure == .system(operation: "write", file: "/dev/full", code: ENOSPC))
        record(recorder, Self.frames)
        #expect(throws: RecordingError.system(operation: "write", file: "/dev/full", code: ENOSPC)) {
            try recorder.close()
        }
    }

    @Test("several threads share one recorder: every line is whole, and each connection's are in order")
    func threads() async throws {
        let scratch = try Scratch()
        let path = scratch.folder.appendingPathComponent("a.jsonl").path
        let recorder = try FrameRecorder(path: path, wallMs: 1)
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
        #expect(lines.count == 20_001 && recorder.frames == 20_001)
        for thread in 0..<4 {
            let own = lines.filter { $0.contains("\"conn\":\"c\(thread)\"") }
            #expect(own.count == 5_000)
            #expect(own.enumerated().allSatisfy { $1.contains("{\\\"n\\\":\($0),") })
        }
    }
}
