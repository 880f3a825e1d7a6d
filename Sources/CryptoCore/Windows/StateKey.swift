/// What a changelog record of the windows is about.
enum StateKey: ChangelogKey, Equatable {
    /// The partition itself: where it stands, and the rules its windows were made by.
    case position
    /// A series but for its slices and ids.
    case head(Series)
    /// One slice, named by its start.
    case slice(Series, Int64)
    /// Some remembered ids.
    case ids(Series, UInt64)
    /// A series' indicators but for their bars.
    case indicators(Series)
    /// One bar of them, named by its place in the ring.
    case bar(Series, UInt8)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .position: bytes.append(UInt8(ascii: "p"))
        case .head(let series): StateKey.put("h", series, nil, into: &bytes)
        case .slice(let series, let start): StateKey.put("s", series, UInt64(bitPattern: start), into: &bytes)
        case .ids(let series, let number): StateKey.put("i", series, number, into: &bytes)
        case .indicators(let series): StateKey.put("n", series, nil, into: &bytes)
        case .bar(let series, let place):
            StateKey.put("b", series, nil, into: &bytes)
            bytes.append(place)
        }
    }

    /// Nil when `bytes` are no key of this version.
    init?(decoding bytes: [UInt8]) {
        guard let tag = bytes.first else { return nil }
        if tag == UInt8(ascii: "p"), bytes.count == 1 {
            self = .position
            return
        }
        let suffix = tag == UInt8(ascii: "s") || tag == UInt8(ascii: "i") ? 8 : tag == UInt8(ascii: "b") ? 1 : 0
        let nameEnd = bytes.count - suffix
        guard nameEnd > 1, let text = String(validating: bytes[1..<nameEnd], as: UTF8.self), let series = Series(text)
        else { return nil }
        let number = suffix == 8 ? bytes.span.bytes.word(nameEnd) : 0
        switch tag {
        case UInt8(ascii: "h"): self = .head(series)
        case UInt8(ascii: "s"): self = .slice(series, Int64(bitPattern: number))
        case UInt8(ascii: "i"): self = .ids(series, number)
        case UInt8(ascii: "n"): self = .indicators(series)
        case UInt8(ascii: "b"): self = .bar(series, bytes[nameEnd])
        default: return nil
        }
    }

    private static func put(_ tag: Unicode.Scalar, _ series: Series, _ number: UInt64?, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: tag))
        bytes.append(contentsOf: series.source.utf8)
        bytes.append(UInt8(ascii: ":"))
        bytes.append(contentsOf: series.symbol.utf8)
        if let number { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    }
}
