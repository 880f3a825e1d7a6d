/// What a changelog record of the predictions is about.
enum PredictionKey: ChangelogKey, Hashable {
    /// Written once, before all others: when that was is when the partition was begun.
    case beginning
    /// The partition itself: where it stands, and the rules its state was made by.
    case position
    /// A lane of a series but for ids, minutes and scores.
    case head(Series, Preset)
    /// A minute of `horizon`, named by its start.
    case minute(Series, Int64)
    /// Some remembered ids.
    case ids(Series, Preset, UInt64)
    /// The score in the making of a model (`PredictionModel.label`), named by the end of its minute.
    case score(Series, String, Int64)
    /// A page of its bins.
    case bins(Series, String, Int64, page: Int)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .beginning: bytes.append(UInt8(ascii: "t"))
        case .position: bytes.append(UInt8(ascii: "p"))
        case .head(let series, let preset): PredictionKey.put("h", series, preset.rawValue, [], into: &bytes)
        case .minute(let series, let start): PredictionKey.put("m", series, "", [start], into: &bytes)
        case .ids(let series, let preset, let number):
            PredictionKey.put("i", series, preset.rawValue, [Int64(bitPattern: number)], into: &bytes)
        case .score(let series, let model, let end): PredictionKey.put("s", series, model, [end], into: &bytes)
        case .bins(let series, let model, let end, let page):
            PredictionKey.put("b", series, model, [end, Int64(page)], into: &bytes)
        }
    }

    /// Nil when `bytes` are no key of this version.
    init?(decoding bytes: [UInt8]) {
        guard let tag = bytes.first else { return nil }
        if bytes.count == 1, tag == UInt8(ascii: "p") || tag == UInt8(ascii: "t") {
            self = tag == UInt8(ascii: "p") ? .position : .beginning
            return
        }
        let numbers = ["h": 0, "m": 1, "i": 1, "s": 1, "b": 2][Unicode.Scalar(tag)] ?? 0
        let end = bytes.count - numbers * 8
        guard end > 1, let zero = bytes[1..<end].firstIndex(of: 0),
            let series = String(validating: bytes[1..<zero], as: UTF8.self).flatMap({ Series($0) }),
            let label = String(validating: bytes[zero + 1..<end], as: UTF8.self)
        else { return nil }
        func number(_ place: Int) -> Int64 { Int64(bitPattern: bytes.span.bytes.word(end + place * 8)) }
        switch Unicode.Scalar(tag) {
        case "h":
            guard let preset = Preset(rawValue: label) else { return nil }
            self = .head(series, preset)
        case "m": self = .minute(series, number(0))
        case "i":
            guard let preset = Preset(rawValue: label) else { return nil }
            self = .ids(series, preset, UInt64(bitPattern: number(0)))
        case "s": self = .score(series, label, number(0))
        case "b": self = .bins(series, label, number(0), page: Int(number(1)))
        default: return nil
        }
    }

    private static func put(
        _ tag: Unicode.Scalar, _ series: Series, _ label: String, _ numbers: [Int64], into bytes: inout [UInt8]
    ) {
        bytes.append(UInt8(ascii: tag))
        series.appendKey(to: &bytes)
        bytes.append(0)
        bytes += label.utf8
        for number in numbers { withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) } }
    }
}
