import Glibc
import System

/// Sockets to programs on this machine.
enum LoopbackSocket {
    /// - Throws: when nobody listens there.
    static func connect(_ port: UInt16) throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        let code = SocketAddress.with(port: port) { Glibc.connect(descriptor, $0, $1) }
        guard descriptor >= 0, code == 0 else {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw SelfProcess.Failed(reason: "a client: \(reason)")
        }
        return descriptor
    }

    /// A port that nobody has just now.
    static func freePort() throws -> UInt16 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(descriptor) }
        var port: UInt16 = 0
        let code = SocketAddress.with(port: 0) { address, size in
            var size = size
            guard bind(descriptor, address, size) == 0, getsockname(descriptor, address, &size) == 0 else { return -1 }
            port = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
            return 0
        }
        guard code == 0 else { throw SelfProcess.Failed(reason: "no free port: \(String(cString: strerror(errno)))") }
        return port
    }
}
