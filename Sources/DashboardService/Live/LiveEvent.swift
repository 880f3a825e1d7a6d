internal import CryptoCore

/// Something to tell those who listen: a name and one JSON object, which begins with its number `n`.
struct LiveEvent: Equatable, Sendable {
    /// What browsers dispatch events as.
    enum Name: String, Sendable {
        case rows, window, indicators, trend, prediction, score, alert, silence, gap, status
        case deadLetter = "dead_letter"
        /// Events were left out: what is known is to be asked for anew.
        case lost
    }

    let name: Name
    let json: [UInt8]

    /// A record as it stands on its topic, behind its number.
    init(_ name: Name, number: UInt64, record: [UInt8]) {
        self.name = name
        // What decodes as a record is an object that begins with a brace, white space aside.
        let rest = record.drop { $0 <= 0x20 }.dropFirst()
        let isEmpty = rest.first { $0 > 0x20 } == UInt8(ascii: "}")
        json = Array("{\"n\":\(number)\(isEmpty ? "" : ",")".utf8) + rest
    }

    /// An object that was written whole.
    init(_ name: Name, _ json: [UInt8]) {
        self.name = name
        self.json = json
    }
}
