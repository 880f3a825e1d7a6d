internal import CryptoCore
internal import HTTPServer

/// The values of a request's path and query, read and checked: what is wrong with one says how to mend it.
struct AskedValues: Sendable {
    /// The years 1 to 9999. *Units*: ms since the epoch.
    static let times: ClosedRange<Int64> = -62_135_596_800_000...253_402_300_799_999

    /// How long a bucket may be. *Units*: ms.
    static let steps: ClosedRange<Int64> = 1_000...31_536_000_000

    private let endpoint: Endpoint
    private let pairs: [(name: String, value: String)]

    /// - Throws: `.badRequest` for a path that is no text.
    init(_ request: borrowing HTTPRequest, _ endpoint: Endpoint) throws(HTTPError) {
        self.endpoint = endpoint
        var pairs: [(name: String, value: String)] = []
        for parameter in endpoint.parameters where parameter.place == "path" {
            pairs.append((parameter.name, try request.parameter(parameter.name)))
        }
        self.pairs = pairs + request.query
    }

    /// The first value of that name; nil where there is none, or an empty one.
    func text(_ name: String) -> String? { texts(name).first { !$0.isEmpty } }

    /// All values of that name.
    func texts(_ name: String) -> [String] {
        assert(endpoint.parameters.contains { $0.name == name }, "\(endpoint.path) does not tell of its \(name)")
        return pairs.filter { $0.name == name }.map(\.value)
    }

    /// - Throws: `.badRequest` for a value that is no whole number of the range.
    func integer(_ name: String, in range: ClosedRange<Int64>) throws(HTTPError) -> Int64? {
        guard let text = text(name) else { return nil }
        guard let number = Int64(text), range.contains(number) else {
            throw .badRequest("\(name) must be a whole number from \(range.lowerBound) to \(range.upperBound)")
        }
        return number
    }

    func series(_ name: String = "series") throws(HTTPError) -> Series {
        guard let series = try seriesIfAny(name) else {
            throw .badRequest("\(name) is missing: say which, as in \(name)=binance:BTC-USDT")
        }
        return series
    }

    func seriesIfAny(_ name: String = "series") throws(HTTPError) -> Series? {
        guard let text = text(name) else { return nil }
        guard text.utf8.count <= 600, let series = Series(text) else {
            throw .badRequest("\(name) must be <source>:<BASE>-<QUOTE>, as in binance:BTC-USDT")
        }
        return series
    }

    /// From and to, half-open; `to` is now and `from` a day before it unless they are given.
    func span(now: Int64) throws(HTTPError) -> Range<Int64> {
        let to = try integer("to", in: AskedValues.times) ?? now
        let from = try integer("from", in: AskedValues.times) ?? max(to - 86_400_000, AskedValues.times.lowerBound)
        guard from < to else { throw .badRequest("from must be before to, both in ms since the epoch") }
        return from..<to
    }

    /// One of these words.
    func choice(_ name: String, of words: [String]) throws(HTTPError) -> String? {
        guard let text = text(name) else { return nil }
        guard words.contains(text) else { throw .badRequest("\(name) must be \(words.joined(separator: " or "))") }
        return text
    }
}
