internal import CryptoCore

/// What recordings hold of a source: how its frames are told from others and what reads them, and the venue's dumps of trades.
package struct FrameSource: Sendable {
    /// The sources of the series. Of several a frame itself says which it is of.
    package let sources: [String]
    /// The hosts that send such frames; a host that is not named here is another venue, however much alike its name is.
    package let hosts: [String]
    /// Where on such a host: the beginnings of the addresses' paths.
    let paths: [String]
    /// A frame of theirs that is no JSON.
    let word: StaticString?
    /// Files of trades that the venue publishes, of the first source.
    let dumps: [TradeDump]
    /// Whether a frame of unknown origin is one of these, by its keys.
    let recognises: @Sendable (JSONMembers, RawSpan) -> Bool
    /// What reads frames of any market, announced or not.
    let decoder: @Sendable (Coins) -> any StreamVenue

    init(
        _ sources: String..., hosts: [String], paths: [String] = ["/"], word: StaticString? = nil,
        dumps: [TradeDump] = [], recognises: @escaping @Sendable (JSONMembers, RawSpan) -> Bool = { _, _ in false },
        decoder: @escaping @Sendable (Coins) -> any StreamVenue
    ) {
        self.sources = sources
        self.hosts = hosts
        self.paths = paths
        self.word = word
        self.dumps = dumps
        self.recognises = recognises
        self.decoder = decoder
    }

    /// Those of all venues. Of two that recognise a frame the first one has it.
    package static let all: [FrameSource] = Venue.all.flatMap(\.recordings)
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
    /// A host of nobody that we know; or one of ours, and where on it, that sends what is of no source of ours: Bybit's inverse
    /// contracts, whose sizes are dollars.
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
            self = .stranger(host + path)
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

    /// The origin that a frame has by its keys, which others may have too; `unknown` where it has those of none of ours.
    /// - Throws: the frame is not JSON, nor any venue's word.
    init(_ frame: RawSpan) throws(DecodeError) {
        let whole = JSONText(offset: 0, count: frame.byteCount)
        let spoken = FrameSource.all.firstIndex { $0.word.map { whole.equals($0, in: frame) } == true }
        if let spoken {
            self = .known(spoken)
            return
        }
        let members = try JSONMembers(frame)
        self = FrameSource.all.firstIndex { $0.recognises(members, frame) }.map { .known($0) } ?? .unknown
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
