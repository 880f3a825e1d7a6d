package import Glibc

/// An IPv4 address with a port, as the calls of sockets take it.
package enum SocketAddress {
    /// Calls `body` with the address, which the call may change.
    /// - Parameters:
    ///   - host: four numbers; else the address of nobody.
    ///   - port: 0: any, for `bind`.
    package static func with<Result>(
        _ host: String = "127.0.0.1", port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
    }
}
