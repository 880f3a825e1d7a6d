/// What a changelog record of the alerts is about. Subjects go by the numbers in which they were met, which the changelog has, too.
enum AlertKey: ChangelogKey, Hashable {
    /// Which subject has a number.
    case subject(Int)
    /// The state of one rule on one subject; the last number is the alert's fingerprint.
    case state(Int, UInt64)
    /// Some records of one channel of one subject; the numbers are the channel's identity and the chunk's.
    case chunk(Int, UInt64, number: UInt64)
    /// The newest times of one channel, of as many subjects as a block has; the numbers are the channel's identity and the block's.
    case times(UInt64, block: Int)

    func encode(into bytes: inout [UInt8]) {
        switch self {
        case .subject(let number): AlertKey.put("s", [UInt64(number)], into: &bytes)
        case .state(let subject, let fingerprint): AlertKey.put("f", [UInt64(subject), fingerprint], into: &bytes)
        case .chunk(let subject, let channel, let number):
            AlertKey.put("c", [UInt64(subject), channel, number], into: &bytes)
        case .times(let channel, let block): AlertKey.put("t", [channel, UInt64(block)], into: &bytes)
        }
    }

    /// Nil when `bytes` are no key of this version.
    init?(decoding bytes: [UInt8]) {
        guard let tag = bytes.first, bytes.count % 8 == 1 else { return nil }
        let words = (0..<bytes.count / 8).map { bytes.span.bytes.word(1 + 8 * $0) }
        func number(_ place: Int) -> Int? { words[place] < 1 << 31 ? Int(words[place]) : nil }
        switch (Unicode.Scalar(tag), words.count) {
        case ("s", 1):
            guard let subject = number(0) else { return nil }
            self = .subject(subject)
        case ("f", 2):
            guard let subject = number(0) else { return nil }
            self = .state(subject, words[1])
        case ("c", 3):
            guard let subject = number(0) else { return nil }
            self = .chunk(subject, words[1], number: words[2])
        case ("t", 2):
            guard let block = number(1) else { return nil }
            self = .times(words[0], block: block)
        default: return nil
        }
    }

    /// Whether `bytes` are a key of format 1, which had the series' names in its keys.
    static func isOfFormat1(_ bytes: [UInt8]) -> Bool {
        bytes.first == UInt8(ascii: "a") || bytes.first == UInt8(ascii: "h")
    }

    private static func put(_ tag: Unicode.Scalar, _ words: [UInt64], into bytes: inout [UInt8]) {
        bytes.append(UInt8(ascii: tag))
        for word in words { withUnsafeBytes(of: word.littleEndian) { bytes.append(contentsOf: $0) } }
    }
}
