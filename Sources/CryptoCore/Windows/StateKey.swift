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

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .position: bytes.append(UInt8(ascii: "p"))
        case .head(let series): StateKey.put("h", series, nil, into: &bytes)
        case .slice(let series, let start): StateKey.put("s", series, UInt64(bitPattern: start), into: &bytes)
        case .ids(let series, let number): StateKey.put("i", series, number, into: &bytes)
        }
    }

    /// Nil when `bytes` are no key of this version.
    init?(decoding bytes: [UInt8]) {
        guard let tag = bytes.first else { return nil }
        let isNumbered = tag == UInt8(ascii: "s") || tag == UInt8(ascii: "i")
        let nameEnd = bytes.count - (isNumbered ? 8 : 0)
        if tag == UInt8(ascii: "p"), bytes.count == 1 {
            self = .position
            return
        }
        guard nameEnd > 1, let text = String(validating: bytes[1..<nameEnd], as: UTF8.self), let series = Series(text)
        else { return nil }
        let number = isNumbered ? bytes.span.bytes.word(nameEnd) : 0
        switch tag {
        case UInt8(ascii: "h"): self = .head(series)
        case UInt8(ascii: "s"): self = .slice(series, Int64(bitPattern: number))
        case UInt8(ascii: "i"): self = .ids(series, number)
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
