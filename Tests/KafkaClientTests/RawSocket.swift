import Glibc

/// A loopback socket that never blocks, so that one thread plays both ends and what is between.
final class RawSocket {
    private let descriptor: Int32
    /// Everything that came.
    private(set) var received: [UInt8] = []
    /// The other end sends nothing more, or is gone.
    private(set) var hasEnded = false

    /// Listens on a free port.
    init() {
        descriptor = RawSocket.open()
        RawSocket.withAddress(0) { _ = bind(descriptor, $0, $1) }
        listen(descriptor, 16)
    }

    init(port: UInt16) {
        descriptor = RawSocket.open()
        RawSocket.withAddress(port) { _ = connect(descriptor, $0, $1) }
    }

    private init(accepted descriptor: Int32) {
        self.descriptor = descriptor
        _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
    }

    deinit { close(descriptor) }

    var port: UInt16 {
        var port: UInt16 = 0
        RawSocket.withAddress(0) { address, size in
            var size = size
            getsockname(descriptor, address, &size)
            port = address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
        return port
    }

    /// Who waits to be accepted.
    func accept() -> RawSocket? {
        let accepted = Glibc.accept(descriptor, nil, nil)
        return accepted >= 0 ? RawSocket(accepted: accepted) : nil
    }

    /// How many of the bytes went out.
    func send(_ bytes: ArraySlice<UInt8>) -> Int {
        max(0, bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) })
    }

    /// Takes what has come.
    func read() {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count > 0 { received += buffer[..<count] }
        if count == 0 || (count < 0 && errno != EAGAIN) { hasEnded = true }
    }

    /// Says that nothing more comes.
    func end() { shutdown(descriptor, Int32(SHUT_WR)) }

    private static func open() -> Int32 { socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_NONBLOCK.rawValue), 0) }

    private static func withAddress(_ port: UInt16, _ body: (UnsafeMutablePointer<sockaddr>, socklen_t) -> Void) {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
