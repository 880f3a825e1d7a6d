internal import Glibc

/// Whom a server answers. Nothing is ever allowed to pages of other origins (CORS): no such header is sent.
package struct HTTPPolicy: Sendable {
    /// Which names the `Host` of a request may carry.
    package enum Hosts: Sendable {
        /// On loopback only the names of loopback, elsewhere any. A page whose name was made to lead to 127.0.0.1 (DNS
        /// rebinding) is thereby kept out of what only this machine may ask for.
        case automatic
        /// These names, without ports.
        case only([String])
        /// Any.
        case any
    }

    package var hosts = Hosts.automatic
    /// What clients give as `Authorization: Bearer`; nil where they need none.
    package var token: String?
    /// Whether POST, PUT, PATCH and DELETE of pages of another origin are refused.
    package var refusesCrossOrigin = true

    /// Everybody is answered, on loopback everybody who calls it by its name.
    package init() {}
}

/// A policy ready to be applied. *Complexity*: no allocation a request.
struct Gate: Sendable {
    private let names: [[UInt8]]?
    private let token: [UInt8]?
    private let refusesCrossOrigin: Bool

    /// - Parameters:
    ///   - host: what the server was told to listen at.
    ///   - isLoopback: whether that is reached from this machine only.
    init(_ policy: HTTPPolicy, host: String, isLoopback: Bool) {
        switch policy.hosts {
        case .any: names = nil
        case .automatic where !isLoopback: names = nil
        case .automatic:
            names = ["localhost", "127.0.0.1", "[::1]", host, "[\(host)]"].map { Array($0.lowercased().utf8) }
        case .only(let list): names = list.map { Array($0.lowercased().utf8) }
        }
        token = policy.token.map { Array($0.utf8) }
        refusesCrossOrigin = policy.refusesCrossOrigin
    }

    /// - Throws: `.wrongHost`.
    func checkHost(of connection: OpaquePointer) throws(HTTPError) {
        guard let names else { return }
        // HTTP/1.0 needs none: no browser is that old. libmicrohttpd refuses HTTP/1.1 without it.
        guard let host = connection.header("Host") else { return }
        let bytes = Gate.withoutPort(CBytes.buffer(host))
        guard names.contains(where: { Gate.equalFolded(bytes, $0) }) else { throw .wrongHost }
    }

    /// - Throws: `.unauthorized`, where the server has a token and the request has not.
    func checkToken(of connection: OpaquePointer) throws(HTTPError) {
        guard let token else { return }
        guard let given = connection.header("Authorization") else { throw .unauthorized }
        let bytes = CBytes.buffer(given)
        let scheme: StaticString = "bearer "
        guard bytes.count > scheme.utf8CodeUnitCount,
            scheme.withUTF8Buffer({ Gate.equalFolded(UnsafeRawBufferPointer(rebasing: bytes[..<$0.count]), Array($0)) }
            ),
            Gate.equalInConstantTime(UnsafeRawBufferPointer(rebasing: bytes[scheme.utf8CodeUnitCount...]), token)
        else { throw .unauthorized }
    }

    /// - Throws: `.crossOrigin`, where a page of another origin wants something changed.
    func checkOrigin(of connection: OpaquePointer, _ method: HTTPMethod) throws(HTTPError) {
        guard refusesCrossOrigin, method != .get, let origin = connection.header("Origin") else { return }
        guard let host = connection.header("Host") else { throw .crossOrigin }
        let after = CBytes.equalPrefix(origin, "http://") ?? CBytes.equalPrefix(origin, "https://")
        guard let after, strcasecmp(after, host) == 0 else { throw .crossOrigin }
    }

    /// Takes as long wherever the two differ, so that nobody finds a token byte by byte.
    static func equalInConstantTime(_ given: UnsafeRawBufferPointer, _ wanted: [UInt8]) -> Bool {
        var difference = UInt8(given.count == wanted.count ? 0 : 1)
        for (index, byte) in wanted.enumerated() {
            difference |= byte ^ (given.isEmpty ? 0 : given[index < given.count ? index : 0])
        }
        return difference == 0
    }

    private static func withoutPort(_ host: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let name = host.lastIndex(of: UInt8(ascii: "]")).map { $0 + 1 } ?? host.firstIndex(of: UInt8(ascii: ":"))
        return UnsafeRawBufferPointer(rebasing: host[..<(name ?? host.count)])
    }

    /// `lower` is in small letters.
    private static func equalFolded(_ bytes: UnsafeRawBufferPointer, _ lower: [UInt8]) -> Bool {
        guard bytes.count == lower.count else { return false }
        return zip(bytes, lower).allSatisfy { byte, wanted in
            byte == wanted || ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && byte | 0x20 == wanted)
        }
    }
}
