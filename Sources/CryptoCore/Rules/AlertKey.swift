/// What a changelog record of the alerts is about.
enum AlertKey: ChangelogKey, Hashable {
    /// The state of one rule on one series; the number is the alert's fingerprint.
    case state(Series, UInt64)
    /// Some records of one channel of one series; the numbers are the channel's identity and the chunk's.
    case chunk(Series, UInt64, number: UInt64)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .state(let series, let fingerprint): AlertKey.put("a", [fingerprint], series, into: &bytes)
        case .chunk(let series, let channel, let number): AlertKey.put("h", [channel, number], series, into: &bytes)
        }
    }

    /// Nil when `bytes` are no key of this version.
    init?(decoding bytes: [UInt8]) {
        guard let tag = bytes.first, let words = tag == UInt8(ascii: "a") ? 1 : tag == UInt8(ascii: "h") ? 2 : nil
        else {
            return nil
        }
        let start = 1 + words * 8
        guard bytes.count > start, let text = String(validating: bytes[start...], as: UTF8.self),
            let series = Series(text)
        else { return nil }
        let first = bytes.span.bytes.word(1)
        self = words == 1 ? .state(series, first) : .chunk(series, first, number: bytes.span.bytes.word(9))
    }

    private static func put(_ tag: Unicode.Scalar, _ words: [UInt64], _ series: Series, into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: tag))
        for word in words { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
        series.appendKey(to: &bytes)
    }
}
