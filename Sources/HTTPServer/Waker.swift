internal import CMicroHTTPD
internal import Glibc
internal import Synchronization

/// Ends the server's wait from another thread. *Thread*: any.
package final class Waker: Sendable {
    /// Readable while somebody wants the server.
    let descriptor: Int32
    private let isCalled = Atomic<Bool>(false)

    /// - Throws: `.failed` when there is no descriptor left.
    init() throws(HTTPServerError) {
        descriptor = eventfd(0, Int32(EFD_CLOEXEC | EFD_NONBLOCK))
        guard descriptor >= 0 else { throw .failed(operation: "eventfd") }
    }

    deinit { close(descriptor) }

    /// Whether somebody has called since the server last looked.
    var isSet: Bool { isCalled.load(ordering: .relaxed) }

    /// *Complexity*: a system call when nobody has called since the server last looked, otherwise one atomic exchange.
    func wake() {
        if !isCalled.exchange(true, ordering: .acquiringAndReleasing) { _ = eventfd_write(descriptor, 1) }
    }

    /// The server has come: the next call wakes it again.
    func reset() {
        var count: eventfd_t = 0
        _ = eventfd_read(descriptor, &count)
        // An exchange, so that what callers did before their call is seen from here on.
        _ = isCalled.exchange(false, ordering: .acquiringAndReleasing)
    }
}
