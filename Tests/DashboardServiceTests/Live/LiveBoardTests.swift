import CryptoCore
import Foundation
import TestSupport
import Testing

@testable import DashboardService

@Suite("What is live")
struct LiveBoardTests {
    private let now: Int64 = 1_700_000_100_000

    private func trade(_ symbol: String, _ price: Double, at time: Int64) -> String {
        """
        {"source":"s","symbol":"\(symbol)","kind":"trade","event_time":\(time),"ingest_time":\(time + 5),"trade_id":"\(time)",\
        "price":\(price),"quantity":1.5,"side":"buy"}
        """
    }

    private func add(_ text: String, to topic: Topic, of board: inout LiveBoard, now: Int64? = nil) {
        board.add(topic, Array(text.utf8).span.bytes, now: now ?? self.now)
    }

    private func object(_ json: [UInt8]) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(json)) as? [String: Any])
    }

    private func snapshot(_ board: inout LiveBoard) throws -> [String: [String: Any]] {
        let whole = try object(board.snapshot(Surroundings(), version: "1", now: now))
        let rows = try #require(whole["series"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: rows.map { ($0["series"] as? String ?? "", $0) })
    }

    @Test("a snapshot and the events behind it give what a later snapshot says", arguments: 0..<30 as Range<UInt64>)
    func resumed(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        var board = LiveBoard(started: 0)
        var known: [String: [String: Any]] = [:]
        var told: UInt64 = 0
        for step in 0..<200 as Range<Int64> {
            let symbol = ["A-B", "C-D", "E-F"][Int(random.next() % 3)]
            let minute = now / 60_000 * 60_000 - 600_000 + step / 20 * 60_000
            switch random.next() % 4 {
            case 0:
                let isFinal = random.next() % 2 == 0
                add(window(symbol, minute, isFinal: isFinal), to: isFinal ? .tumbling : .live, of: &board)
            default: add(trade(symbol, Double(1 + random.next() % 1000) / 8, at: minute + step), to: .ticks, of: &board)
            }
            guard random.next() % 8 == 0 else { continue }
            if random.next() % 16 == 0 {
                known = try snapshot(&board)
                told = board.number
            }
            for event in board.takeEvents(now: now) where event.name == .rows {
                let data = try object(event.json)
                guard try #require(data["n"] as? UInt64) > told else { continue }
                for row in try #require(data["rows"] as? [[String: Any]]) {
                    let series = row["series"] as? String ?? ""
                    for (name, value) in row { known[series, default: [:]][name] = value is NSNull ? nil : value }
                }
            }
        }
        for event in board.takeEvents(now: now) where event.name == .rows {
            for row in try #require(try object(event.json)["rows"] as? [[String: Any]]) {
                let series = row["series"] as? String ?? ""
                for (name, value) in row { known[series, default: [:]][name] = value is NSNull ? nil : value }
            }
        }
        let wanted = try snapshot(&board)
        #expect(NSDictionary(dictionary: known) == NSDictionary(dictionary: wanted))
    }

    private func window(_ symbol: String, _ start: Int64, isFinal: Bool) -> String {
        """
        {"source":"s","symbol":"\(symbol)","type":"tumbling","window_start":\(start),"window_end":\(start + 60_000),"final":\(isFinal),\
        "count":2,"volume":2.0,"amount":20.0,"average_price":10.0,"vwap":10.0,"open":9.0,"high":12.0,"low":8.0,"close":11.0,\
        "stddev":1.0,"buy_volume":1.0,"sell_volume":1.0,"first_time":\(start),"last_time":\(start + 1),"incomplete":false}
        """
    }

    @Test("numbers of events rise one by one, and each event begins with its own")
    func numbered() throws {
        var board = LiveBoard(started: 0)
        add(window("A-B", 1_700_000_040_000, isFinal: true), to: .tumbling, of: &board)
        add(trade("A-B", 1, at: now), to: .ticks, of: &board)
        let events = board.takeEvents(now: now) + [board.status(Surroundings(), now: now)]
        #expect(events.map(\.name) == [.window, .rows, .status])
        #expect(try events.map { try object($0.json)["n"] as? UInt64 } == [1, 2, 3])
    }

    @Test("an older tick does not take the place of a newer one")
    func older() throws {
        var board = LiveBoard(started: 0)
        add(trade("A-B", 2, at: now), to: .ticks, of: &board)
        add(trade("A-B", 1, at: now - 1), to: .ticks, of: &board)
        #expect(try snapshot(&board)["s:A-B"]?["price"] as? Double == 2)
    }

    @Test("an open minute is gone when it is final, and one that comes late does not come back")
    func finished() throws {
        var board = LiveBoard(started: 0)
        add(window("A-B", 1_700_000_040_000, isFinal: false), to: .live, of: &board)
        #expect(try snapshot(&board)["s:A-B"]?["live"] != nil)
        add(window("A-B", 1_700_000_040_000, isFinal: true), to: .tumbling, of: &board)
        add(window("A-B", 1_700_000_040_000, isFinal: false), to: .live, of: &board)
        let row = try #require(try snapshot(&board)["s:A-B"])
        #expect(row["live"] == nil && row["final"] != nil)
    }

    @Test(
        "what is no record is counted, and nothing else happens",
        arguments: ["", "{", "[]", #"{"source":"s"}"#, "\u{0}"])
    func malformed(text: String) {
        var board = LiveBoard(started: 0)
        for topic in [Topic.ticks, .tumbling, .live, .trends, .indicators, .predictions, .scores, .alerts] {
            add(text, to: topic, of: &board)
        }
        #expect(board.counts.malformed == 8 && board.rows.isEmpty)
    }

    @Test(
        "times and numbers at the ends of what there is do no harm",
        arguments: [Int64.min, .min + 1, -1, 0, .max - 60_000, .max])
    func extremes(time: Int64) throws {
        var board = LiveBoard(started: 0)
        add(trade("A-B", 1e-300, at: now), to: .ticks, of: &board)
        let start = time > .max - 60_000 ? time - 60_000 : time
        for topic in [Topic.live, .tumbling] {
            add(window("A-B", start, isFinal: topic == .tumbling), to: topic, of: &board)
        }
        add(window("A-B", now / 60_000 * 60_000, isFinal: true), to: .tumbling, of: &board)
        add(
            """
            {"source":"s","symbol":"A-B","kind":"gap","event_time":\(now),"ingest_time":\(now),"gap_from":\(time == .max ? time - 1 : time),\
            "gap_to":\(time == .max ? time : time + 1),"reason":"start"}
            """, to: .ticks, of: &board)
        add(trade("A-B", 1.7e308, at: now + 1), to: .ticks, of: &board)
        #expect(try snapshot(&board)["s:A-B"]?["price"] as? Double == 1.7e308)
        #expect(!board.takeEvents(now: now).isEmpty)
    }

    @Test("a tick or a minute of the future is none, and does not hold back those of now")
    func future() throws {
        var board = LiveBoard(started: 0)
        add(trade("A-B", 7, at: now + 3_600_000), to: .ticks, of: &board)
        add(window("A-B", now / 60_000 * 60_000 + 3_600_000, isFinal: true), to: .tumbling, of: &board)
        add(trade("A-B", 2, at: now), to: .ticks, of: &board)
        #expect(try snapshot(&board)["s:A-B"]?["price"] as? Double == 2)
        #expect(board.counts.malformed == 2)
    }

    @Test("an alert fires until it is resolved, and its series says how many do")
    func alerts() throws {
        var board = LiveBoard(started: 0)
        func alert(_ state: String, _ fingerprint: String) -> String {
            """
            {"rule":"R","state":"\(state)","source":"s","symbol":"A-B","as_of":\(now),"since":\(now),"value":1.0,"labels":{},\
            "fingerprint":"\(fingerprint)"}
            """
        }
        add(alert("firing", "00000000000000aa"), to: .alerts, of: &board)
        add(alert("firing", "00000000000000ab"), to: .alerts, of: &board)
        add(alert("firing", "00000000000000ab"), to: .alerts, of: &board)
        #expect(try snapshot(&board)["s:A-B"]?["firing"] as? Int == 2)
        add(alert("resolved", "00000000000000aa"), to: .alerts, of: &board)
        #expect(try snapshot(&board)["s:A-B"]?["firing"] as? Int == 1)
        let whole = try object(board.snapshot(Surroundings(), version: "1", now: now))
        #expect((whole["alerts"] as? [[String: Any]])?.map { $0["fingerprint"] as? String } == ["00000000000000ab"])
    }

    @Test("a flood is told as lost, and the rows are still told")
    func flood() {
        var board = LiveBoard(started: 0)
        for index in 0..<6_000 as Range<Int64> {
            let start = 1_700_000_040_000 + index * 60_000
            add(window("A-B", start, isFinal: true), to: .tumbling, of: &board, now: start)
        }
        #expect(board.takeEvents(now: now).map(\.name) == [.lost, .rows])
        #expect(board.takeEvents(now: now).isEmpty)
    }
}
