import HTTPServer
import System

/// A server on a thread of its own, for clients that are other programs.
final class Running {
    let server: WebServer
    private let stopping = StopFlag()
    private let thread: System.Thread

    init(_ server: WebServer) {
        self.server = server
        let stopping = stopping
        thread = System.Thread(name: "http-test") {
            while !stopping.isRequested { try server.run(waitMs: 20) }
            try server.stop(withinMs: 5_000)
        }
    }

    func requestStop() { stopping.request() }

    /// Whether the thread ended.
    @discardableResult
    func stop() -> Bool {
        requestStop()
        if case .finished = thread.join(ms: 10_000) { return true }
        return false
    }
}
