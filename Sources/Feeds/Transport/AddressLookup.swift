internal import CWebSockets
internal import Glibc
internal import Synchronization

/// A host name on its way to addresses: `getaddrinfo_a`, so that a name server that is silent blocks nobody.
///
/// The C library may still be at work when nobody wants the answer any more; such a request is set aside and freed by a
/// later lookup.
final class AddressLookup {
    private let request: Request

    /// The C request and what it points to; on the heap, since C writes there.
    private struct Request: @unchecked Sendable {
        // Sendable: once set aside, only one thread at a time looks at it (inside the mutex), until it is freed.
        let block: UnsafeMutablePointer<gaicb>
        let hints: UnsafeMutablePointer<addrinfo>

        var isDone: Bool { gai_error(block) != EAI_INPROGRESS }

        func free() {
            if let result = block.pointee.ar_result { freeaddrinfo(result) }
            Glibc.free(UnsafeMutablePointer(mutating: block.pointee.ar_name))
            block.deallocate()
            hints.deallocate()
        }
    }

    private static let setAside = Mutex<[Request]>([])

    /// - Throws: `.resolve` when the lookup cannot even start.
    init(host: String) throws(TransportError) {
        AddressLookup.freeFinished()
        let block = UnsafeMutablePointer<gaicb>.allocate(capacity: 1)
        let hints = UnsafeMutablePointer<addrinfo>.allocate(capacity: 1)
        hints.initialize(to: addrinfo())
        hints.pointee.ai_family = AF_UNSPEC
        hints.pointee.ai_socktype = CInt(SOCK_STREAM.rawValue)
        block.initialize(to: gaicb())
        block.pointee.ar_name = UnsafePointer(strdup(host))
        block.pointee.ar_request = UnsafePointer(hints)
        request = Request(block: block, hints: hints)
        var list: UnsafeMutablePointer<gaicb>? = block
        let code = getaddrinfo_a(GAI_NOWAIT, &list, 1, nil)
        guard code == 0 else { throw .resolve(host: host, reason: String(cString: gai_strerror(code))) }
    }

    deinit {
        if request.isDone || gai_cancel(request.block) == EAI_CANCELED {
            request.free()
        } else {
            let request = request
            AddressLookup.setAside.withLock { $0.append(request) }
        }
    }

    /// Waits at most `waitMs` for the addresses, in the order to try them; `nil`: not yet.
    /// - Throws: `.resolve`.
    func addresses(host: String, waitMs: Int64) throws(TransportError) -> [String]? {
        if !request.isDone, waitMs > 0 {
            var list: UnsafePointer<gaicb>? = UnsafePointer(request.block)
            var wait = timespec(tv_sec: Int(waitMs / 1000), tv_nsec: Int(waitMs % 1000) * 1_000_000)
            _ = gai_suspend(&list, 1, &wait)
        }
        let code = gai_error(request.block)
        guard code != EAI_INPROGRESS else { return nil }
        guard code == 0 else { throw .resolve(host: host, reason: String(cString: gai_strerror(code))) }
        var found: [String] = []
        var next = request.block.pointee.ar_result
        while let entry = next {
            if let text = AddressLookup.numeric(entry.pointee), !found.contains(text) { found.append(text) }
            next = entry.pointee.ai_next
        }
        guard !found.isEmpty else { throw .resolve(host: host, reason: "no address") }
        return found
    }

    /// Whether `host` is an address already.
    static func isNumeric(_ host: String) -> Bool {
        var address = in6_addr()
        return inet_pton(AF_INET, host, &address) == 1 || inet_pton(AF_INET6, host, &address) == 1
    }

    private static func numeric(_ entry: addrinfo) -> String? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Int(NI_MAXHOST)) { text in
            let code = getnameinfo(
                entry.ai_addr, entry.ai_addrlen, text.baseAddress, socklen_t(text.count), nil, 0, NI_NUMERICHOST)
            return code == 0 ? text.baseAddress.map { String(cString: $0) } : nil
        }
    }

    private static func freeFinished() {
        setAside.withLock { waiting in
            waiting.removeAll { request in
                guard request.isDone else { return false }
                request.free()
                return true
            }
        }
    }
}
