/// An answer of the embedded broker, made such that clients understand it.
///
/// What librdkafka's mock cluster (2.0.2) tells differs from what clients expect in three places:
/// - an ApiVersions request of a version that it does not know gets error 35 in a body that is of no version. Kafka answers
///   with version 0's body (KIP-511), from which a client learns what to ask with: that is made here;
/// - it offers ListOffsets 4 and 5, and writes eight bytes of leader epoch there in place of four: the range is cut;
/// - Metadata and FindCoordinator name its own port in place of the proxy's. The host stays: both are on 127.0.0.1.
struct BrokerAnswer {
    /// Kafka's numbers of the requests whose answers are changed.
    enum Kind: Int16 {
        case metadata = 3
        case findCoordinator = 10
        case apiVersions = 18
    }

    /// The answer ends before its last field, or is of a version that nobody asked for.
    struct Unreadable: Error {}

    /// The newest version of each kind that the broker knows. Later ones have other fields, so no client may use them here.
    static let newest: [Kind: Int16] = [.metadata: 2, .findCoordinator: 2, .apiVersions: 2]
    /// The ranges are cut to the versions of these requests that the broker does right: ListOffsets (2) to 3.
    private static let cuts: [Int16: Int16] = [2: 3]
    private static let unsupportedVersion: Int16 = 35

    /// The whole frame, its length and correlation id included.
    private(set) var bytes: [UInt8]
    private var at = 8

    /// - Parameter bytes: a whole frame.
    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// Puts the proxy's port in place of the broker's.
    mutating func setPort(_ port: UInt16, _ kind: Kind, version: Int16) throws(Unreadable) {
        switch kind {
        case .apiVersions: throw Unreadable()
        case .metadata:
            for _ in 0..<max(0, try int32()) {
                try skip(4)  // the broker's id
                try skipText()
                try put(port)
                if version >= 1 { try skipText() }  // rack
            }
        case .findCoordinator:
            if version >= 1 { try skip(4) }  // throttled
            try skip(2)  // error
            if version >= 1 { try skipText() }  // its words
            try skip(4)  // the coordinator's id
            try skipText()
            try put(port)
        }
    }

    /// Lowers the versions that the broker offers to those that it does right.
    mutating func cutRanges() throws(Unreadable) {
        try skip(2)  // error
        for _ in 0..<max(0, try int32()) {
            let key = try int16()
            try skip(2)  // the oldest
            let newest = try int16()
            if let most = BrokerAnswer.cuts[key], newest > most { put(most, at: at - 2) }
        }
    }

    /// Turns what was answered to version 0 into what Kafka answers to a version that it does not know.
    mutating func refuseVersion() {
        let newest = BrokerAnswer.newest[.apiVersions, default: 0]
        bytes = Array(bytes.prefix(8))
        for field in [BrokerAnswer.unsupportedVersion, 0, 1, Kind.apiVersions.rawValue, 0, newest] {
            bytes += [UInt8(truncatingIfNeeded: field >> 8), UInt8(truncatingIfNeeded: field)]
        }
        put(0, at: 0)
        put(Int16(bytes.count - 4), at: 2)
    }

    // MARK: Fields

    private mutating func skip(_ count: Int) throws(Unreadable) {
        guard count >= 0, count <= bytes.count - at else { throw Unreadable() }
        at += count
    }

    private mutating func int16() throws(Unreadable) -> Int16 {
        try skip(2)
        return Int16(bytes[at - 2]) << 8 | Int16(bytes[at - 1])
    }

    private mutating func int32() throws(Unreadable) -> Int32 {
        try skip(4)
        return bytes[at - 4..<at].reduce(0) { $0 << 8 | Int32($1) }
    }

    /// A text that may be null: its length is -1 then.
    private mutating func skipText() throws(Unreadable) { try skip(Int(max(0, try int16()))) }

    /// Overwrites a port, which has four bytes in the protocol.
    private mutating func put(_ port: UInt16) throws(Unreadable) {
        try skip(4)
        put(0, at: at - 4)
        put(Int16(bitPattern: port), at: at - 2)
    }

    private mutating func put(_ value: Int16, at place: Int) {
        bytes[place] = UInt8(truncatingIfNeeded: value >> 8)
        bytes[place + 1] = UInt8(truncatingIfNeeded: value)
    }
}
