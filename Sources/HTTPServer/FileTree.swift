internal import Glibc
internal import System

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
        do throws(SystemError) {
            let bytes = try FileDescriptor(opening: path, O_RDONLY | O_NOFOLLOW).contents(upTo: count)
            if bytes.count == count { return bytes }
        } catch {
            throw .cannotRead(path: path, reason: error.reason)
        }
        throw .cannotRead(path: path, reason: "it shrinks")
    }

    private static func unreadable(_ path: String) -> HTTPServerError {
        .cannotRead(path: path, reason: String(cString: strerror(errno)))
    }
}
