package import CryptoCore

/// Recorded frames that one decoder reads: how they are told from others, and what they become.
package struct FrameSource: Sendable {
    /// The sources of the series. Of several a frame itself says which it is of.
    package let sources: [String]
    /// The hosts that send such frames; a host that is not named here is another venue, however much alike its name is.
    package let hosts: [String]
    /// Where on such a host: the beginnings of the addresses' paths.
    let paths: [String]
    /// Whether a frame of unknown origin is one of these, by its keys.
    let recognises: @Sendable (FrameKeys, RawSpan) -> Bool
    /// What reads frames of any market, announced or not.
    let decoder: @Sendable (Coins) -> any StreamVenue

    init(
        _ sources: String..., hosts: [String], paths: [String] = ["/"],
        recognises: @escaping @Sendable (FrameKeys, RawSpan) -> Bool = { _, _ in false },
        decoder: @escaping @Sendable (Coins) -> any StreamVenue
    ) {
        self.sources = sources
        self.hosts = hosts
        self.paths = paths
        self.recognises = recognises
        self.decoder = decoder
    }

    /// Those of all venues. Of two that recognise a frame the first one has it.
    package static let all: [FrameSource] = Venue.all.flatMap(\.recordings)
}

/// The keys at the top of a frame, the first eight of them.
struct FrameKeys {
    private var names = InlineArray<8, JSONText>(repeating: JSONText())
    private var count = 0
    /// Whether the frame is an array; it has no keys then.
    private(set) var isArray = false

    /// - Throws: the frame is not JSON.
    init(_ frame: RawSpan) throws(DecodeError) {
        var scanner = JSONScanner()
        switch try scanner.peek(frame) {
        case .array: isArray = true
        case .object:
            try scanner.enterObject(frame)
            while count < names.count, let key = try scanner.nextKey(frame) {
                names[count] = key
                count += 1
                try scanner.skipValue(frame)
            }
        default: break
        }
    }

    /// Whether the frame has this key.
    func has(_ name: StaticString, _ frame: RawSpan) -> Bool {
        for index in 0..<count where names[index].equals(name, in: frame) { return true }
        return false
    }
}

extension RawSpan {
    /// Whether these bytes stand anywhere in the frame.
    func contains(_ mark: StaticString) -> Bool {
        let count = mark.utf8CodeUnitCount
        guard count > 0, count <= byteCount else { return false }
        for start in 0...byteCount - count where (0..<count).allSatisfy({ byte(start + $0) == mark.utf8Start[$0] }) {
            return true
        }
        return false
    }
}

/// Whose the frames of one recorded connection are.
package enum FrameOrigin: Equatable, Sendable {
    /// One of ours: the index in `FrameSource.all`.
    case known(Int)
    /// A venue of ours, of which these frames are of no source of ours: Bybit's inverse contracts, whose sizes are dollars.
    case otherMarkets(String)
    /// A host of nobody that we know.
    case stranger(String)
    /// Nothing is known: each frame has to say itself what it is.
    case unknown

    /// The origin of what an address sends: `wss://stream.bybit.com/v5/public/spot`.
    ///
    /// An address of this machine, or of a network at home, is a simulator's or a proxy's: it says only by its path what it is.
    package init(address: String) {
        let parts = address.split(separator: "/", maxSplits: 3, omittingEmptySubsequences: false)
        guard parts.count >= 3, parts[0].hasSuffix(":"), parts[1].isEmpty else {
            self = .unknown
            return
        }
        let host = FrameOrigin.host(parts[2])
        let path = parts.count > 3 ? "/" + parts[3] : "/"
        let isOurs = { (source: FrameSource) in source.hosts.contains(host) }
        let isAt = { (source: FrameSource) in source.paths.contains { path.hasPrefix($0) } }
        if let index = FrameSource.all.firstIndex(where: { isOurs($0) && isAt($0) }) {
            self = .known(index)
        } else if FrameSource.all.contains(where: isOurs) {
            self = .otherMarkets(host + path)
        } else if FrameOrigin.isNearby(host) {
            let index = FrameSource.all.firstIndex { source in
                source.paths.contains { $0.utf8.count > 1 && path.contains($0) }
            }
            self = index.map { .known($0) } ?? .unknown
        } else {
            self = .stranger(host)
        }
    }

    /// The origin of frames that became series of this source.
    package init?(source: String) {
        guard let index = FrameSource.all.firstIndex(where: { $0.sources.contains(source) }) else { return nil }
        self = .known(index)
    }

    /// The origin of a frame by its keys; `unknown` where it is of none of ours, or says nothing of interest.
    /// - Throws: the frame is not JSON.
    package init(_ frame: RawSpan) throws(DecodeError) {
        let keys = try FrameKeys(frame)
        self = FrameSource.all.firstIndex { $0.recognises(keys, frame) }.map { .known($0) } ?? .unknown
    }

    /// The source of the series, the first one of several; nil where the frames are of none that is known.
    package var source: String? {
        if case .known(let index) = self { FrameSource.all[index].sources.first } else { nil }
    }

    /// The host without user, port and the brackets of an IPv6 address, in lower case.
    private static func host(_ authority: Substring) -> String {
        var host = authority.lowercased()
        if let at = host.lastIndex(of: "@") { host = String(host[host.index(after: at)...]) }
        if host.hasPrefix("[") { return String(host.dropFirst().prefix { $0 != "]" }) }
        return String(host.prefix { $0 != ":" })
    }

    private static func isNearby(_ host: String) -> Bool {
        host == "localhost" || host.contains(":") || host.utf8.allSatisfy { $0 == UInt8(ascii: ".") || $0 &- 0x30 <= 9 }
            || !host.contains(".")
    }
}

/// Reads recorded frames of every venue that we know.
package struct RecordedFrames: Sendable {
    private let coins: Coins
    /// By the index in `FrameSource.all`; made at the first frame of it.
    private var decoders: [(any StreamVenue)?]

    /// - Parameter coins: what is known of coins' names.
    package init(coins: Coins) {
        self.coins = coins
        decoders = FrameSource.all.map { _ in nil }
    }

    /// Announces a series that a recording names: its market's name in the frames is not guessed.
    package mutating func announce(_ series: Series, to writer: inout TickWriter) {
        guard case .known(let index)? = FrameOrigin(source: series.source) else { return }
        ready(index)
        decoders[index]?.announce(series, to: &writer)
    }

    /// Writes the ticks of one frame; one that is of no source of ours makes nothing and is `ignored`.
    ///
    /// - Parameter origin: what its connection is known to be; of `unknown` ones the frame's keys decide.
    /// - Throws: the frame is not JSON, or not what its venue sends.
    package mutating func decode(
        _ frame: RawSpan, receivedMs: Int64, of origin: FrameOrigin, into writer: inout TickWriter
    ) throws(DecodeError) -> StreamMessage {
        let origin = origin == .unknown ? try FrameOrigin(frame) : origin
        guard case .known(let index) = origin else {
            // Whatever it is, a recording holds JSON.
            var scanner = JSONScanner()
            try scanner.skipValue(frame)
            try scanner.end(frame)
            return .ignored
        }
        ready(index)
        return try decoders[index]?.decode(frame, receivedMs: receivedMs, into: &writer) ?? .ignored
    }

    private mutating func ready(_ index: Int) {
        if decoders[index] == nil { decoders[index] = FrameSource.all[index].decoder(coins) }
    }
}
