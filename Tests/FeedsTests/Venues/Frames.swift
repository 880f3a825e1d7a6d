import CryptoCore
import Feeds
import Foundation
import TestSupport

/// Recorded lines, cut apart without the code under test.
enum Frames {
    /// A receive time after all recordings.
    static let receivedMs: Int64 = 1_800_000_000_000

    /// The frames of a `<receive time> <frame>` file.
    static func stamped(_ path: String) throws -> [[UInt8]] {
        try SharedData.contents(path).split(separator: 0x0A).map { line in
            Array(line[line.index(after: line.firstIndex(of: 0x20)!)...])  // every line of these files has a space
        }
    }

    /// The frames of a `<receive time>: <frame>` file, without its connects and requests.
    static func colonStamped(_ path: String) throws -> [[UInt8]] {
        try SharedData.contents(path).split(separator: 0x0A).filter { $0.first != UInt8(ascii: "w") }.map { line in
            Array(line[line.index(line.firstIndex(of: 0x20)!, offsetBy: 1)...])  // a space stands behind the colon
        }
    }

    /// The received frames of a recorder's JSONL file, with the connection's name.
    static func recorded(_ path: String) throws -> [(connection: String, frame: [UInt8])] {
        struct Line: Decodable {
            let t: String
            let conn: String?
            let data: String?
        }
        return try SharedData.contents(path).split(separator: 0x0A).compactMap { line in
            let line = try JSONDecoder().decode(Line.self, from: Data(line))
            guard line.t == "recv", let data = line.data else { return nil }
            return (line.conn ?? "", Array(data.utf8))
        }
    }
}

extension StreamVenue {
    /// Decodes a frame given as bytes.
    mutating func decode(
        _ frame: [UInt8], receivedMs: Int64 = Frames.receivedMs, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        try decode(frame.span.bytes, receivedMs: receivedMs, into: &writer)
    }
}

extension Tick {
    /// The trade that this tick must be in the tests that ask.
    var trade: Trade? {
        if case .trade(let trade) = kind { return trade }
        return nil
    }

    /// The gap that this tick must be in the tests that ask.
    var gap: Gap? {
        if case .gap(let gap) = kind { return gap }
        return nil
    }
}

extension TickBatch {
    /// The ticks as they go to Kafka.
    var lines: [String] {
        entries.map { entry in withBytes(of: entry) { $0.withUnsafeBytes { String(decoding: $0, as: UTF8.self) } } }
    }
}
