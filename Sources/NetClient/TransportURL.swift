/// The parts of an absolute `http`, `https`, `ws` or `wss` address.
///
/// *Source*: RFC 3986, section 3; RFC 6455, section 3. User information is refused, a fragment too.
struct TransportURL: Equatable, Sendable {
    enum Scheme: String, Sendable {
        case http, https, ws, wss

        var isTLS: Bool { self == .https || self == .wss }
        var isWebSocket: Bool { self == .ws || self == .wss }
        var defaultPort: Int { isTLS ? 443 : 80 }
    }

    let scheme: Scheme
    /// A name or address; without the brackets of an IPv6 address.
    let host: String
    /// The port as written, `nil` where the scheme's default applies.
    let explicitPort: Int?
    /// Path and query as written; empty, or starting with `/` or `?`.
    let target: String

    var port: Int { explicitPort ?? scheme.defaultPort }

    /// What the `Host` header says.
    var authority: String {
        let name = host.contains(":") ? "[\(host)]" : host
        return explicitPort.map { "\(name):\($0)" } ?? name
    }

    /// What the request line says.
    var requestTarget: String { target.hasPrefix("/") ? target : "/" + target }

    /// This machine: `localhost`, 127.0.0.0/8 or `::1`.
    var isLoopback: Bool {
        if host == "localhost" || host == "::1" { return true }
        let octets = host.split(separator: ".", omittingEmptySubsequences: false)
        return octets.count == 4 && octets[0] == "127" && octets.allSatisfy { UInt8($0) != nil }
    }

    /// - Throws: `.badURL`, with what is wrong and how it should look.
    init(parsing text: String) throws(TransportError) {
        guard text.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f && $0 != UInt8(ascii: "#") }) else {
            throw .badURL(
                "\(TransportURL.shown(text)) contains a space, a '#' or another character that must be percent-encoded")
        }
        guard let mark = text.firstRange(of: "://"),
            let scheme = Scheme(rawValue: text[..<mark.lowerBound].lowercased())
        else {
            throw .badURL("\(TransportURL.shown(text)) does not start with http://, https://, ws:// or wss://")
        }
        let rest = text[mark.upperBound...]
        let end = rest.firstIndex { $0 == "/" || $0 == "?" } ?? rest.endIndex
        let (host, port) = try TransportURL.hostAndPort(rest[..<end], of: text)
        self.scheme = scheme
        self.host = host.lowercased()
        explicitPort = port
        target = String(rest[end...])
    }

    /// - Throws: `.badURL` when the address is without TLS and not this machine.
    func requireTLSOrLoopback() throws(TransportError) {
        guard scheme.isTLS || isLoopback else {
            throw .badURL(
                "\(scheme.rawValue)://\(authority) is without TLS, which is for loopback addresses only: "
                    + "use \(scheme.isWebSocket ? "wss" : "https")://")
        }
    }

    /// What may be seen of an address, whether it is one or not: scheme and host. A user, a path or a query may be secrets.
    static func shown(_ text: String) -> String {
        guard let mark = text.firstRange(of: "://"), text[..<mark.lowerBound].allSatisfy({ $0.isASCII && $0.isLetter })
        else { return "the address" }
        let authority = text[mark.upperBound...].prefix { !"/?#".contains($0) }
        // What stands before an @ behind the first slash may be the rest of a password.
        let isPlain = !text[authority.endIndex...].contains("@")
        let host = isPlain ? authority.split(separator: "@", omittingEmptySubsequences: false).last ?? "" : "***"
        let rest = authority.endIndex == text.endIndex ? "" : "/..."
        let printable = (host + rest).map { $0.isASCII && $0 > " " && $0 < "\u{7F}" ? $0 : "?" }
        return "\"\(text[..<mark.upperBound])\(String(printable))\""
    }

    private static func hostAndPort(
        _ authority: Substring, of text: String
    ) throws(TransportError) -> (String, Int?) {
        guard !authority.contains("@") else { throw .badURL("\(shown(text)) must not contain a user name") }
        var host = authority
        var port: Int?
        // The last colon splits, unless it belongs to an IPv6 address.
        if let colon = authority.lastIndex(of: ":"), !authority[colon...].contains("]") {
            host = authority[..<colon]
            let digits = authority[authority.index(after: colon)...]
            guard let number = UInt16(digits), number > 0, digits.utf8.allSatisfy({ (0x30...0x39).contains($0) }) else {
                throw .badURL("\(shown(text)) has no port from 1 to 65535 after the colon")
            }
            port = Int(number)
        }
        if host.hasPrefix("["), host.hasSuffix("]") {
            host = host.dropFirst().dropLast()
            guard host.contains(":"), host.allSatisfy({ $0.isHexDigit || ":.".contains($0) }) else {
                throw .badURL("\(shown(text)) has no IPv6 address between the brackets")
            }
        } else if !host.allSatisfy({ $0.isLetter || $0.isNumber || "-._".contains($0) }) {
            throw .badURL("\(shown(text)) has a host that is neither a name nor an address")
        }
        guard !host.isEmpty else { throw .badURL("\(shown(text)) has no host") }
        return (String(host), port)
    }
}
