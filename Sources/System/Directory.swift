internal import Glibc

/// What is done with folders.
package enum Directory {
    /// Whether a folder is there.
    package static func isThere(_ path: String) -> Bool {
        var status = stat()
        return stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names of what lies in a folder, in no order.
    /// - Throws: `opendir`, with `ENOENT` where there is none.
    package static func entries(_ path: String) throws(SystemError) -> [String] {
        guard let folder = opendir(path) else { throw SystemError.last("opendir") }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafeBytes(of: entry.pointee.d_name) {
                String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if name != ".", name != ".." { names.append(name) }
        }
        return names
    }

    /// Creates a folder and those above it; nothing where it is there.
    /// - Throws: `mkdir`, with `EEXIST` where something else has its name.
    package static func make(_ path: String) throws(SystemError) {
        if isThere(path) { return }
        if let slash = path.lastIndex(of: "/"), slash > path.startIndex { try make(String(path[..<slash])) }
        if mkdir(path, 0o777) == 0 { return }
        let error = SystemError.last("mkdir")
        if error.code != EEXIST || !isThere(path) { throw error }
    }

    /// Makes a folder's entries durable.
    package static func sync(_ path: String) throws(SystemError) {
        try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY).sync()
    }

    /// Puts a file in the place of another, or a folder where nothing is.
    package static func rename(_ path: String, to target: String) throws(SystemError) {
        try SystemError.check("rename") { Glibc.rename(path, target) }
    }

    /// Removes a file, or a folder of files; what cannot be removed stays.
    package static func remove(_ path: String) {
        if unlink(path) == 0 { return }
        for entry in (try? entries(path)) ?? [] { unlink("\(path)/\(entry)") }
        rmdir(path)
    }
}
