/// What a file is, by the end of its name.
enum ContentType {
    /// The `Content-Type`; one that browsers do not show where the end is unknown.
    static func of(_ name: String) -> String {
        let end = name.split(separator: ".", omittingEmptySubsequences: false).last.map { $0.lowercased() }
        return end.flatMap { table[$0] } ?? "application/octet-stream"
    }

    /// Whether files of the type become smaller by gzip; pictures and fonts are compressed already.
    static func isCompressible(_ type: String) -> Bool {
        type.hasPrefix("text/") || type.hasPrefix("application/json") || type == "image/svg+xml"
            || type == "application/wasm" || type == "application/manifest+json"
    }

    private static let table = [
        "html": "text/html; charset=utf-8", "css": "text/css; charset=utf-8", "js": "text/javascript; charset=utf-8",
        "mjs": "text/javascript; charset=utf-8", "txt": "text/plain; charset=utf-8", "csv": "text/csv; charset=utf-8",
        "json": "application/json", "map": "application/json", "webmanifest": "application/manifest+json",
        "wasm": "application/wasm", "svg": "image/svg+xml", "png": "image/png", "jpg": "image/jpeg",
        "jpeg": "image/jpeg", "gif": "image/gif", "webp": "image/webp", "ico": "image/vnd.microsoft.icon",
        "woff2": "font/woff2",
    ]
}
