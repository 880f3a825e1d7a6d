import CryptoCore
import Feeds
import Foundation
import TestSupport
import Testing

@Suite("Kraken frames")
struct KrakenTests {
    /// The shape that the documentation of WebSocket v2 gives.
    static let update =
        #"{"channel":"trade","type":"update","data":[{"symbol":"BTC/USD","side":"sell","price":65114.20,"qty":0.00100000,"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"},{"symbol":"BTC/USD","side":"buy","price":65115.1,"qty":40.0,"ord_type":"limit","trade_id":4665907,"timestamp":"2023-09-25T07:49:37.708706Z"}]}"#
    static let old =
        #"[993,[["354.04000000","0.28245396","1618678150.826417","s","m",""],["353.81000000","1.71754604","1618678150.827816","b","m",""]],"trade","XBT/USD"]"#

    private func decode(_ frame: String, live: Bool = false) throws -> (message: StreamMessage, lines: [String]) {
        var kraken = Kraken(anySymbol: !live)
        var writer = TickWriter()
        if live { kraken.add(symbol: "BTC-USD", to: &writer) }
        let message = try kraken.decode(Array(frame.utf8), into: &writer)
        return (message, writer.batch.lines)
    }

    @Test("an update becomes these ticks, byte for byte", arguments: [false, true])
    func golden(live: Bool) throws {
        let head = #"{"source":"kraken","symbol":"BTC-USD","kind":"trade","event_time":1695628177708,"#
        let (message, lines) = try decode(Self.update, live: live)
        #expect(message == .data(added: 2))
        #expect(
            lines == [
                head
                    + #""ingest_time":1800000000000,"trade_id":"4665906","price":65114.2,"quantity":0.001,"side":"sell"}"#,
                head
                    + #""ingest_time":1800000000000,"trade_id":"4665907","price":65115.1,"quantity":40.0,"side":"buy"}"#,
            ])
    }

    @Test("data before the channel, unknown keys, texts for numbers and an escaped slash change nothing")
    func shapes() throws {
        let data = Self.update[Self.update.firstRange(of: "\"data\"")!.lowerBound...].dropLast()  // it is there
        let turned = #"{\#(data),"new":[{}],"type":"update","channel":"trade"}"#
            .replacingOccurrences(of: "65114.20", with: "\"65114.20\"")
            .replacingOccurrences(of: "4665906", with: "\"4665906\"")
            .replacingOccurrences(of: "BTC/USD", with: #"BTC\/USD"#)
        #expect(try decode(turned).lines == decode(Self.update).lines)
    }

    @Test("a snapshot is history; trades are written by ascending id")
    func snapshot() throws {
        let frame = Self.update.replacingOccurrences(of: "\"update\"", with: "\"snapshot\"")
            .replacingOccurrences(of: "4665907", with: "4665905")
        let lines = try decode(frame).lines
        #expect(lines.count == 2 && lines.allSatisfy { $0.hasSuffix(#","backfilled":true}"#) })
        #expect(lines.first?.contains("4665905") == true)
    }

    @Test(
        "answers are told apart",
        arguments: [
            (
                #"{"method":"subscribe","result":{"channel":"trade","snapshot":true,"symbol":"BTC/USD"},"success":true,"time_in":"2023-09-25T09:04:31.742599Z","time_out":"2023-09-25T09:04:31.742648Z","req_id":1}"#,
                StreamMessage.acknowledged(requestID: nil, symbols: ["BTC-USD"])
            ),
            (
                #"{"method":"subscribe","success":true,"req_id":4}"#, .acknowledged(requestID: "4", symbols: [])
            ),
            (
                #"{"error":"Currency pair not supported X/Y","method":"subscribe","req_id":1,"success":false,"symbol":"X/Y"}"#,
                .refused(requestID: nil, symbol: "X-Y", .market(reason: "Currency pair not supported X/Y"))
            ),
            (
                #"{"error":"Malformed request","method":"subscribe","success":false,"req_id":3}"#,
                .refused(requestID: "3", symbol: nil, .passing(reason: "Malformed request"))
            ),
            (#"{"method":"unsubscribe","result":{"symbol":"BTC/USD"},"success":true}"#, .ignored),
            (#"{"channel":"heartbeat"}"#, .heartbeat),
            (#"{"channel":"status","data":[{"system":"online","version":"2.0.0"}],"type":"update"}"#, .heartbeat),
            (#"{"method":"pong","time_in":"x","time_out":"y"}"#, .heartbeat),
            (#"{"channel":"ticker","data":[{"symbol":"BTC/USD","price":1}],"type":"update"}"#, .ignored),
            (#"{"event":"heartbeat"}"#, .ignored),
            (#"[1,{"a":1},"ticker","XBT/USD"]"#, .ignored), ("[]", .ignored),
        ])
    func answers(frame: String, message: StreamMessage) throws {
        let (found, lines) = try decode(frame)
        #expect(found == message && lines.isEmpty)
    }

    @Test("requests name pairs and say that they want the snapshot")
    func requests() {
        let kraken = Kraken(anySymbol: false)
        #expect(
            kraken.request(.subscribe, ["BTC-USD", "ETH-EUR"], requestID: 7)
                == #"{"method":"subscribe","params":{"channel":"trade","symbol":["BTC/USD","ETH/EUR"],"snapshot":true},"req_id":7}"#
        )
        #expect(kraken.ping == #"{"method":"ping"}"#)
    }

    @Test("a trade whose number is none is counted and leaves the other trades of the frame alone")
    func malformed() throws {
        let bad = Self.trade.replacingOccurrences(of: #""qty":"#, with: #""qty":-"#)
        let frame = Self.update.replacingOccurrences(of: "\"data\":[", with: "\"data\":[\(bad),")
        var kraken = Kraken(anySymbol: true)
        var writer = TickWriter()
        #expect(try kraken.decode(Array(frame.utf8), into: &writer) == .data(added: 2))
        #expect(writer.counters.malformed == 1)
    }

    @Test("a frame of trades without any list of them is malformed", arguments: [#","data":null"#, #","data":{}"#, ""])
    func withoutData(rest: String) {
        #expect(throws: DecodeError.self) { try decode(#"{"channel":"trade"\#(rest)}"#) }
    }

    @Test(
        "a trade that lacks what the venue always tells makes its whole frame malformed: nothing of it is written",
        arguments: ["symbol", "side", "price", "qty", "trade_id", "timestamp"].map {
            trade.replacingOccurrences(of: "\"\($0)\"", with: "\"x\"")
        } + [
            "null", "[]", "{}", trade.replacingOccurrences(of: #""side":""#, with: #""side":"neither "#),
            trade.replacingOccurrences(of: #""timestamp":""#, with: #""timestamp":"x"#),
        ])
    func incomplete(item: String) {
        let frame = Self.update.replacingOccurrences(of: "\"data\":[", with: "\"data\":[\(Self.trade),\(item),")
        var kraken = Kraken(anySymbol: true)
        var writer = TickWriter()
        #expect(throws: DecodeError.self) { try kraken.decode(Array(frame.utf8), into: &writer) }
        #expect(writer.batch.isEmpty && writer.counters == TickWriter.Counters())
    }

    /// The first trade of the update.
    static let trade =
        #"{"symbol":"BTC/USD","side":"sell","price":65114.20,"qty":0.00100000,"ord_type":"market","trade_id":4665906,"timestamp":"2023-09-25T07:49:37.708706Z"}"#

    @Test(
        "times are UTC to the millisecond, and nothing else is a time",
        arguments: [
            ("1970-01-01T00:00:00.5Z", 500), ("2000-02-29T23:59:59.1239999Z", 951_868_799_123),
            ("2024-12-31T00:00:00+00:00", 1_735_603_200_000), ("2026-12-31T23:59:59.999Z", 1_798_761_599_999),
            ("2023-09-25t07:49:37.12z", 1_695_628_177_120), ("2023-02-29T00:00:00Z", nil),
            ("2100-02-29T00:00:00Z", nil),
            ("2023-09-25T07:49:37+02:00", nil), ("2023-09-25 07:49:37Z", nil), ("2023-13-25T07:49:37Z", nil),
            ("2023-00-25T07:49:37Z", nil), ("2023-01-00T07:49:37Z", nil), ("2023-09-25T24:00:00Z", nil),
            ("2023-09-25T07:49:37.Z", nil), ("2023-09-25T07:49:37", nil), ("2023-09-25T07:49:37.1", nil), ("", nil),
        ] as [(String, Int64?)])
    func times(text: String, ms: Int64?) throws {
        let frame = Self.update.replacingOccurrences(of: "2023-09-25T07:49:37.708706Z", with: text)
        var kraken = Kraken(anySymbol: true)
        var writer = TickWriter()
        guard let ms else {
            #expect(throws: DecodeError.self) { try kraken.decode(Array(frame.utf8), into: &writer) }
            return
        }
        _ = try kraken.decode(Array(frame.utf8), into: &writer)
        #expect(try writer.batch.ticks().first?.eventTime == ms)
    }

    @Test("a frame cut anywhere throws", arguments: [update, old])
    func truncations(frame: String) {
        let bytes = Array(frame.utf8)
        var kraken = Kraken(anySymbol: true)
        var writer = TickWriter()
        for count in bytes.indices {
            #expect(throws: DecodeError.self) { try kraken.decode(Array(bytes[..<count]), into: &writer) }
        }
        #expect(writer.batch.isEmpty)
    }

    // MARK: v1

    @Test("a frame of v1 has no ids: equal trades get equal ones, others do not")
    func oldFrames() throws {
        var kraken = Kraken(anySymbol: true)
        var writer = TickWriter(remembering: 100)
        #expect(try kraken.decode(Array(Self.old.utf8), into: &writer) == .data(added: 2))
        let first = try writer.batch.ticks()
        #expect(first.map(\.series.symbol) == ["BTC-USD", "BTC-USD"])
        #expect(first.map(\.eventTime) == [1_618_678_150_826, 1_618_678_150_827])
        #expect(first.map(\.trade?.side) == [.sell, .buy])
        #expect(Set(first.compactMap(\.trade?.tradeID)).count == 2)
        #expect(first.allSatisfy { $0.trade?.tradeID.count == 16 })
        #expect(try kraken.decode(Array(Self.old.utf8), into: &writer) == .data(added: 0))
        #expect(writer.counters.repeated == 2)
        let other = Self.old.replacingOccurrences(of: "XBT/USD", with: "XBT/EUR")
        #expect(try kraken.decode(Array(other.utf8), into: &writer) == .data(added: 2))
        let broken = Self.old.replacingOccurrences(of: "\"s\"", with: "\"x\"")
        #expect(throws: DecodeError.self) { try kraken.decode(Array(broken.utf8), into: &writer) }
        let doge = Self.old.replacingOccurrences(of: "XBT/USD", with: "XDG/XBT")
        _ = try kraken.decode(Array(doge.utf8), into: &writer)
        #expect(writer.series.all.last?.symbol == "DOGE-BTC")
    }

    @Test(
        "the recordings hold ten trades in eight frames, as Foundation reads them", .enabled(if: SharedData.isPresent))
    func recordings() throws {
        var kraken = Kraken(anySymbol: true)
        var writer = TickWriter()
        var frames = 0
        var expected: [[String]] = []
        for bytes in try Frames.colonStamped("data/kraken/ws-v1-trade-20210417.txt") {
            if try kraken.decode(bytes, into: &writer) == .ignored { continue }
            frames += 1
            let parts = try #require(try JSONSerialization.jsonObject(with: Data(bytes)) as? [Any])
            for trade in try #require(parts[1] as? [[String]]) { expected.append(trade + [parts[3] as? String ?? ""]) }
        }
        let ticks = try writer.batch.ticks()
        #expect(frames == 8 && ticks.count == 10)
        #expect(ticks.map(\.trade?.price) == expected.map { Double($0[0]) })
        #expect(ticks.map(\.trade?.quantity) == expected.map { Double($0[1]) })
        #expect(ticks.map { Double($0.eventTime) } == expected.map { ((Double($0[2]) ?? 0) * 1000).rounded(.down) })
        #expect(ticks.map(\.trade?.side) == expected.map { $0[3] == "b" ? .buy : .sell })
        #expect(
            ticks.map(\.series.symbol)
                == expected.map {
                    $0[6].replacingOccurrences(of: "XBT", with: "BTC").replacingOccurrences(of: "/", with: "-")
                })
        for bytes in try Frames.colonStamped("data/kraken/ws-v1-ticker-20210417.txt") {
            #expect(try kraken.decode(bytes, into: &writer) == .ignored)
        }
        #expect(writer.batch.count == 10)
    }
}
