/// An answer of the embedded broker, made such that clients understand it.
///
/// What librdkafka's mock cluster (2.0.2) tells differs from what clients expect in three places:
/// - an ApiVersions request of a version that it does not know gets error 35 in a body that is of no version. Kafka answers
///   with version 0's body (KIP-511), from which a client learns what to ask with: that is put in its place;
/// - it offers ListOffsets 4 and 5, and writes eight bytes of leader epoch there in place of four: the range is cut;
/// - Metadata and FindCoordinator name its own port in place of the proxy's. The host stays: both are on 127.0.0.1.
struct BrokerAnswer {
    /// What stands in an answer.
    enum Field {
        /// So many bytes, or a text, that stay as they are.
        case bytes(Int)
        case text
        /// The broker's port.
        case port
        /// A kind of request, and from which version to which the broker knows it.
        case range
        /// As many times these fields as a count before them says.
        case list([Field])
        /// All of a refused ApiVersions answer.
        case refusal
    }

    /// The whole frame, its length and correlation id included.
    private(set) var bytes: [UInt8]
    private var at = 8

    /// - Parameter frame: a whole one.
    init(_ frame: some Collection<UInt8>) { bytes = Array(frame) }

    /// The fields of the answer to such a request up to the last that is changed; nil: it stays as it is.
    ///
    /// Of versions that the broker does not know its own refusal is as good as any, but of ApiVersions.
    static func fields(key: Int16, version: Int16) -> [Field]? {
        switch (key, version) {
        // Metadata: of each broker id, host, port, rack.
        case (3, 0): [.list([.bytes(4), .text, .port])]
        case (3, 1...2): [.list([.bytes(4), .text, .port, .text])]
        // FindCoordinator: throttled, error, its words, the coordinator's id, host, port.
        case (10, 0): [.bytes(2), .bytes(4), .text, .port]
        case (10, 1...2): [.bytes(4), .bytes(2), .text, .bytes(4), .text, .port]
        // ApiVersions: error, ranges.
        case (18, 0...2): [.bytes(2), .list([.range])]
        case (18, _): [.refusal]
        default: nil
        }
    }

    /// Goes through the fields and changes those that are not right for a client of the proxy at this port.
    /// - Throws: when the answer ends before its last field.
    mutating func change(_ fields: [Field], port: UInt16) throws(ProxyFrames.Broken) {
        for field in fields {
            switch field {
            case .bytes(let count): try skip(count)
            // One that is null has the length -1.
            case .text: try skip(max(0, Int(try number() as Int16)))
            case .port:
                try skip(4)
                put(Int32(port))
            case .range:
                let key: Int16 = try number()
                try skip(2)
                let newest: Int16 = try number()
                if key == 2 { put(min(newest, 3)) }  // ListOffsets
            case .list(let fields):
                for _ in 0..<max(0, try number() as Int32) { try change(fields, port: port) }
            case .refusal:
                // Error 35, and one range: ApiVersions (18), 0 to 2.
                bytes = [0, 0, 0, 16] + bytes[4..<8] + [0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 2]
            }
        }
    }

    // MARK: Parts

    private mutating func skip(_ count: Int) throws(ProxyFrames.Broken) {
        guard count <= bytes.count - at else { throw ProxyFrames.Broken() }
        at += count
    }

    private mutating func number<Number: FixedWidthInteger>() throws(ProxyFrames.Broken) -> Number {
        try skip(Number.bitWidth / 8)
        return bytes.number(at: at - Number.bitWidth / 8)
    }

    /// Overwrites the number that was skipped last.
    private mutating func put(_ number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.bigEndian) { bytes.replaceSubrange(at - $0.count..<at, with: $0) }
    }
}
