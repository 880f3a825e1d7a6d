internal import Glibc

/// The regular files of a directory and of those below it, read whole. Links are not followed, hidden names left out.
struct FileTree {
    /// Bytes by their path below the directory: `index.html`, `css/page.css`.
    private(set) var files: [String: [UInt8]] = [:]
    private var bytesLeft: Int

    /// - Throws: `.cannotRead`, also when all files together are longer than the limit.
    init(directory: String, limitBytes: Int) throws(HTTPServerError) {
        bytesLeft = limitBytes
        try add(directory, below: "")
    }

    private mutating func add(_ directory: String, below prefix: String) throws(HTTPServerError) {
        guard let stream = opendir(directory) else { throw FileTree.unreadable(directory) }
        defer { closedir(stream) }
        while let entry = readdir(stream) {
            let name = withUnsafeBytes(of: &entry.pointee.d_name) { bytes in
                String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name.hasPrefix(".") { continue }
            let path = "\(directory)/\(name)"
            var status = stat()
            guard lstat(path, &status) == 0 else { throw FileTree.unreadable(path) }
            switch status.st_mode & S_IFMT {
            case S_IFDIR: try add(path, below: "\(prefix)\(name)/")
            case S_IFREG: files[prefix + name] = try read(path, count: Int(status.st_size))
            default: continue
            }
        }
    }

    private mutating func read(_ path: String, count: Int) throws(HTTPServerError) -> [UInt8] {
        bytesLeft -= count
        guard bytesLeft >= 0 else { throw .cannotRead(path: path, reason: "the files together are too large") }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW)
        guard descriptor >= 0 else { throw FileTree.unreadable(path) }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: count)
        var have = 0
        while have < count {
            let got = bytes.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress! + have, count - have) }
            if got < 0, errno == EINTR { continue }
            guard got > 0 else {
                throw got < 0 ? FileTree.unreadable(path) : .cannotRead(path: path, reason: "it shrinks")
            }
            have += got
        }
        return bytes
    }

    private static func unreadable(_ path: String) -> HTTPServerError {
        .cannotRead(path: path, reason: String(cString: strerror(errno)))
    }
}
