internal import Glibc

/// Whole small files, read without Foundation.
package enum SystemFile {
    /// Reads a file, `/dev/stdin` and pipes included. *Thread*: any; blocks.
    package static func read(_ path: String) -> FileContent {
        let file = open(path, O_RDONLY | O_CLOEXEC)
        guard file >= 0 else { return errno == ENOENT ? .absent : .unreadable(reason(errno)) }
        defer { close(file) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            let count = Glibc.read(file, &chunk, chunk.count)
            if count == 0 { return .bytes(bytes) }
            if count < 0 {
                if errno == EINTR { continue }
                return .unreadable(reason(errno))
            }
            bytes.append(contentsOf: chunk[..<count])
        }
    }

    /// What the C library calls an error number.
    package static func reason(_ code: Int32) -> String { String(cString: strerror(code)) }
}
