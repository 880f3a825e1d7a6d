internal import Glibc

/// Whom a server answers. Nothing is ever allowed to pages of other origins (CORS): no such header is sent.
package struct HTTPPolicy: Sendable {
    /// Names by which clients call the server, without ports, beside those that are always taken: on loopback those of loopback,
    /// elsewhere addresses and all names that no stranger can have lead here.
    package var names: [String] = []
    /// What clients give as `Authorization: Bearer`; nil where they need none.
    package var token: String?
    /// Whether POST, PUT, PATCH and DELETE of pages of another origin are refused.
    package var refusesCrossOrigin = true

    /// Everybody is answered who calls the server by a name that is always taken.
    package init() {}
}

/// A policy ready to be applied. *Complexity*: no allocation a request.
struct Gate: Sendable {
    private let names: HostNames
    private let token: [UInt8]?
    private let refusesCrossOrigin: Bool

    /// - Parameters:
    ///   - host: what the server was told to listen at.
    ///   - isLoopback: whether that is reached from this machine only.
    init(_ policy: HTTPPolicy, host: String, isLoopback: Bool) {
        names = HostNames(policy.names, host: host, isLoopback: isLoopback)
        token = policy.token.map { Array($0.utf8) }
        refusesCrossOrigin = policy.refusesCrossOrigin
    }

    /// - Throws: `.wrongHost`.
    func checkHost(of connection: OpaquePointer) throws(HTTPError) {
        // HTTP/1.0 needs none: no browser is that old. libmicrohttpd refuses HTTP/1.1 without it.
        guard let host = connection.header("Host") else { return }
        guard names.take(CBytes.buffer(host)) else { throw .wrongHost }
    }

    /// - Throws: `.unauthorized`, where the server has a token and the request has not.
    func checkToken(of connection: OpaquePointer) throws(HTTPError) {
        guard let token else { return }
        guard let given = connection.header("Authorization") else { throw .unauthorized }
        let bytes = CBytes.buffer(given)
        let scheme: StaticString = "bearer "
        guard bytes.count > scheme.utf8CodeUnitCount,
            scheme.withUTF8Buffer({ ASCII.equalFolded(UnsafeRawBufferPointer(rebasing: bytes[..<$0.count]), Array($0)) }
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
}
