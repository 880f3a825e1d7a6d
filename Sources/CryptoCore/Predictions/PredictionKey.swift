/// What a changelog record of the predictions is about.
enum PredictionKey: ChangelogKey, Hashable {
    /// Written once, before all others: when that was is when the partition was begun.
    case beginning
    /// The partition itself: where it stands, and the rules its state was made by.
    case position
    /// A series' time.
    case head(Series)
    /// Rows of a series by a preset, but for minutes, and what its models said.
    case rows(Series, Preset)
    /// A minute of `horizon`, named by its start.
    case minute(Series, Int64)
    /// Some remembered ids of a series.
    case ids(Series, UInt64)
    /// What the scores of a model (`ScoreBasis.label`) are made with.
    case basis(Preset, String)
    /// The score in the making of a model (`ScoreBasis.label`), named by the end of its minute.
    case score(Series, String, Int64)
    /// A page of its bins.
    case bins(Series, String, Int64, page: Int)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .beginning: bytes.append(UInt8(ascii: "t"))
        case .position: bytes.append(UInt8(ascii: "p"))
        case .head(let series): PredictionKey.put("h", series, "", [], into: &bytes)
        case .rows(let series, let preset): PredictionKey.put("r", series, preset.rawValue, [], into: &bytes)
        case .minute(let series, let start): PredictionKey.put("m", series, "", [start], into: &bytes)
        case .ids(let series, let number):
            PredictionKey.put("i", series, "", [Int64(bitPattern: number)], into: &bytes)
        case .basis(let preset, let model):
            bytes.append(UInt8(ascii: "k"))
            bytes += preset.rawValue.utf8
            bytes.append(0)
            bytes += model.utf8
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
        let numbers = ["m": 1, "i": 1, "s": 1, "b": 2][Unicode.Scalar(tag)] ?? 0
        let end = bytes.count - numbers * 8
        guard end > 1, let zero = bytes[1..<end].firstIndex(of: 0),
            let name = String(validating: bytes[1..<zero], as: UTF8.self),
            let label = String(validating: bytes[zero + 1..<end], as: UTF8.self)
        else { return nil }
        let words = (0..<numbers).map { Int64(bitPattern: bytes.span.bytes.word(end + $0 * 8)) }
        if tag == UInt8(ascii: "k") {
            guard let preset = Preset(rawValue: name) else { return nil }
            self = .basis(preset, label)
        } else {
            guard let series = Series(name) else { return nil }
            self.init(tag, series, label, words)
        }
    }

    private init?(_ tag: UInt8, _ series: Series, _ label: String, _ words: [Int64]) {
        switch Unicode.Scalar(tag) {
        case "h" where label.isEmpty: self = .head(series)
        case "r":
            guard let preset = Preset(rawValue: label) else { return nil }
            self = .rows(series, preset)
        case "m" where label.isEmpty: self = .minute(series, words[0])
        case "i" where label.isEmpty: self = .ids(series, UInt64(bitPattern: words[0]))
        case "s": self = .score(series, label, words[0])
        case "b": self = .bins(series, label, words[0], page: Int(words[1]))
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
