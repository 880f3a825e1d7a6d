import Foundation
import Glibc
import Synchronization
import System

/// A file whose disk hangs until somebody reads it: a named pipe.
final class SlowDisk {
    let path: String
    private let scratch: Scratch
    private var reader: Int32

    init() throws {
        scratch = try Scratch()
        path = scratch.folder.appendingPathComponent("disk").path
        mkfifo(path, 0o600)
        reader = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    }

    deinit { close() }

    /// Nobody will ever read it.
    func close() {
        if reader >= 0 { Glibc.close(reader) }
        reader = -1
    }

    /// The disk works again, for as long as somebody writes.
    func read() -> Content {
        let content = Content()
        let descriptor = reader
        reader = -1
        _ = fcntl(descriptor, F_SETFL, 0)
        content.thread = System.Thread(name: "disk") { content.fill(from: descriptor) }
        return content
    }

    /// What was written so far.
    final class Content: @unchecked Sendable {
        private let bytes = Mutex<(all: [UInt8], readAt: Date)>(([], Date()))
        fileprivate var thread: System.Thread?

        var text: String { bytes.withLock { String(decoding: $0.all, as: UTF8.self) } }

        /// Nothing was written for a moment.
        var isQuiet: Bool { bytes.withLock { Date().timeIntervalSince($0.readAt) > 0.5 } }

        /// Waits until the writer has closed its end.
        func wait() { _ = thread?.join(ms: 60_000) }

        fileprivate func fill(from descriptor: Int32) {
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = Glibc.read(descriptor, &buffer, buffer.count)
                if count <= 0 { break }
                bytes.withLock { content in
                    content.all += buffer[..<count]
                    content.readAt = Date()
                }
            }
            Glibc.close(descriptor)
        }
    }
}
