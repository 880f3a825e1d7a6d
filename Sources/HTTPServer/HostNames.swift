/// Which names the `Host` of a request may carry, so that a page whose own name was made to lead here (DNS rebinding) reads nothing.
///
/// Such a page needs a name that a stranger can have in the DNS. On loopback only the names of loopback are taken; elsewhere all that
/// nobody can register: addresses, names without a dot (of containers and machines nearby), and those that end in `.local`,
/// `.internal` or `.localhost`. Names that the server was told are taken everywhere. *Complexity*: no allocation a request.
///
/// *Source*: RFC 6761, RFC 6762, and ICANN's resolution 2024.07.29.06 for `.internal`.
struct HostNames: Sendable {
    private static let unregistrable: [[UInt8]] = ["local", "internal", "localhost"].map { Array($0.utf8) }

    private let names: [[UInt8]]
    private let isLoopback: Bool

    /// - Parameters:
    ///   - given: names that the server was told, without ports.
    ///   - host: what it listens at.
    ///   - isLoopback: whether that is reached from this machine only.
    init(_ given: [String], host: String, isLoopback: Bool) {
        names = (["localhost", "127.0.0.1", "[::1]", host, "[\(host)]"] + given).map { Array($0.lowercased().utf8) }
        self.isLoopback = isLoopback
    }

    /// Whether a `Host` is one of them, with or without a port.
    func take(_ host: UnsafeRawBufferPointer) -> Bool {
        let name = HostNames.withoutPort(host)
        return names.contains { ASCII.equalFolded(name, $0) } || (!isLoopback && HostNames.isUnregistrable(name))
    }

    private static func withoutPort(_ host: UnsafeRawBufferPointer) -> UnsafeRawBufferPointer {
        let name = host.lastIndex(of: UInt8(ascii: "]")).map { $0 + 1 } ?? host.firstIndex(of: UInt8(ascii: ":"))
        return UnsafeRawBufferPointer(rebasing: host[..<(name ?? host.count)])
    }

    private static func isUnregistrable(_ name: UnsafeRawBufferPointer) -> Bool {
        guard let dot = name.lastIndex(of: UInt8(ascii: ".")) else { return !name.isEmpty }  // `[::2]` is one of them
        let last = UnsafeRawBufferPointer(rebasing: name[(dot + 1)...])
        // Browsers take what ends in a number for an IPv4 address, or for nothing.
        if !last.isEmpty, last.allSatisfy({ (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }) { return true }
        return unregistrable.contains { ASCII.equalFolded(last, $0) }
    }
}

/// Comparing text as HTTP does, whose names know no case.
enum ASCII {
    /// `lower` is in small letters.
    static func equalFolded(_ bytes: UnsafeRawBufferPointer, _ lower: [UInt8]) -> Bool {
        guard bytes.count == lower.count else { return false }
        return zip(bytes, lower).allSatisfy { byte, wanted in
            byte == wanted || ((UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte) && byte | 0x20 == wanted)
        }
    }
}
