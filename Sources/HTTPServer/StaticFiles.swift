internal import CMicroHTTPD

/// The files of a page, read once: clients get what was there then, compressed where they take it, or hear that they have it.
///
/// A path is looked up among the names that were read and never touches the disk, so none leads out of the directory.
/// `@unchecked Sendable`: nothing changes after `init`, and libmicrohttpd counts the users of a response under a lock.
package final class StaticFiles: @unchecked Sendable {
    /// For pages that load all of theirs from where they came: no scripts in the page, none of others, in nobody's frame.
    package static let strictPolicy = """
        default-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; object-src 'none'
        """

    private struct Variant {
        let tag: EntityTag
        let response: OpaquePointer
        let notModified: OpaquePointer
    }
    private struct File {
        let plain: Variant
        let gzip: Variant?
    }

    private var files: [String: File] = [:]

    /// Reads all files of a directory and of those below it; hidden files and links are left out.
    /// - Parameter contentSecurityPolicy: what pages may load: the header of that name.
    /// - Throws: `.cannotRead`; `.failed` without memory.
    package init(
        directory: String, contentSecurityPolicy: String = strictPolicy, limitBytes: Int = 64 << 20
    ) throws(HTTPServerError) {
        for (path, bytes) in try FileTree(directory: directory, limitBytes: limitBytes).files {
            let type = ContentType.of(path)
            let compressed = ContentType.isCompressible(type) ? Gzip.compressed(bytes, .smallest) : nil
            var headers = [("Content-Type", type), ("Cache-Control", "no-cache")]
            if type.hasPrefix("text/html") || type == "image/svg+xml" {
                headers += [("Content-Security-Policy", contentSecurityPolicy), ("Referrer-Policy", "no-referrer")]
            }
            if compressed != nil { headers.append(("Vary", "Accept-Encoding")) }
            let plain = try StaticFiles.variant(bytes, EntityTag(of: bytes), headers)
            var gzip: Variant?
            if let compressed {
                gzip = try StaticFiles.variant(
                    compressed, EntityTag(of: bytes, suffix: "-gzip"), headers + [("Content-Encoding", "gzip")])
            }
            files[path] = File(plain: plain, gzip: gzip)
        }
    }

    deinit {
        for variant in files.values.flatMap({ [$0.plain] + ($0.gzip.map { [$0] } ?? []) }) {
            MHD_destroy_response(variant.response)
            MHD_destroy_response(variant.notModified)
        }
    }

    /// How many files there are.
    package var count: Int { files.count }

    /// The status and libmicrohttpd's response, which stays ours; nil where there is no such file.
    func answer(_ path: String, to connection: OpaquePointer) -> (UInt32, OpaquePointer)? {
        let name = path.isEmpty || path.hasSuffix("/") ? path + "index.html" : path
        guard let file = files[name] else { return nil }
        var variant = file.plain
        if let gzip = file.gzip, connection.takesGzip { variant = gzip }
        guard let known = connection.header("If-None-Match"), variant.tag.isNamed(in: String(cString: known)) else {
            return (200, variant.response)
        }
        return (304, variant.notModified)
    }

    private static func variant(
        _ bytes: [UInt8], _ tag: EntityTag, _ headers: [(String, String)]
    ) throws(HTTPServerError) -> Variant {
        let all = headers + [("ETag", tag.text)]
        return Variant(
            tag: tag, response: try MHDResponse.make(bytes, headers: all),
            notModified: try MHDResponse.make([], headers: all.filter { $0.0 != "Content-Type" }))
    }
}
