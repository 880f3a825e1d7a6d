/// Why a server does not start or run; described with how to mend it.
package enum HTTPServerError: Error, Equatable, Sendable, CustomStringConvertible {
    /// Somebody else listens at the address.
    case addressInUse(address: String)
    /// The host has no address: what the resolver said.
    case unknownHost(host: String, reason: String)
    /// The system does not let us listen there.
    case cannotListen(address: String, reason: String)
    /// A file to be served cannot be read, or all of them together are too large.
    case cannotRead(path: String, reason: String)
    /// libmicrohttpd or the system gave up in this function.
    case failed(operation: String)

    package var description: String {
        switch self {
        case .addressInUse(let address):
            "\(address) is in use: stop the program that listens there, or give another port (port 0 takes a free one)"
        case .unknownHost(let host, let reason):
            "the host \(host) has no address (\(reason)): give one of this machine's, such as 127.0.0.1"
        case .cannotListen(let address, let reason):
            "cannot listen at \(address) (\(reason)): give an address of this machine and a port above 1023"
        case .cannotRead(let path, let reason): "cannot read \(path) to serve it (\(reason))"
        case .failed(let operation): "\(operation) failed"
        }
    }
}
