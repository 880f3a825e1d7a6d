internal import Glibc

/// A socket that listens, until `relinquish` gives it away.
struct ListeningSocket: ~Copyable {
    private let descriptor: Int32

    deinit { close(descriptor) }

    /// Resolves the host and listens at the first of its addresses that lets us.
    init(host: String, port: UInt16) throws(HTTPServerError) {
        var hints = addrinfo()
        hints.ai_flags = AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, String(port), &hints, &found)
        guard code == 0 else { throw .unknownHost(host: host, reason: String(cString: gai_strerror(code))) }
        defer { freeaddrinfo(found) }
        var failure: Int32 = EADDRNOTAVAIL
        var next = found
        while let candidate = next {
            let opened = Self.listen(at: candidate.pointee)
            if opened >= 0 {
                descriptor = opened
                return
            }
            failure = -opened
            next = candidate.pointee.ai_next
        }
        let address = host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)"
        if failure == EADDRINUSE { throw .addressInUse(address: address) }
        throw .cannotListen(address: address, reason: String(cString: strerror(failure)))
    }

    /// The port, also where 0 was asked for.
    var port: UInt16 {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
            // sockaddr_in and sockaddr_in6 have the port at the same place: POSIX puts it after the family in both.
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }

    /// Whether only this machine can reach it.
    var isLoopback: Bool {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &length) }
            switch Int32(pointer.pointee.ss_family) {
            case AF_INET:
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    UInt32(bigEndian: $0.pointee.sin_addr.s_addr) >> 24 == 127
                }
            case AF_INET6:
                return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                    withUnsafeBytes(of: $0.pointee.sin6_addr) { $0.dropLast().allSatisfy { $0 == 0 } && $0.last == 1 }
                }
            default: return false
            }
        }
    }

    /// Gives the descriptor to who closes it from here on.
    consuming func relinquish() -> Int32 {
        let descriptor = descriptor
        discard self
        return descriptor
    }

    /// The descriptor, or the error number made negative.
    private static func listen(at address: addrinfo) -> Int32 {
        let type = address.ai_socktype | Int32(SOCK_CLOEXEC.rawValue) | Int32(SOCK_NONBLOCK.rawValue)
        let descriptor = socket(address.ai_family, type, address.ai_protocol)
        guard descriptor >= 0 else { return -errno }
        var on: Int32 = 1  // a restart need not wait for the connections of the last run to time out
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &on, socklen_t(MemoryLayout<Int32>.size))
        if bind(descriptor, address.ai_addr, address.ai_addrlen) == 0, Glibc.listen(descriptor, 1_024) == 0 {
            return descriptor
        }
        defer { close(descriptor) }
        return -errno
    }
}
