internal import CZlib
internal import CryptoCore

/// Bytes as a gzip file.
enum Gzip {
    /// What is more wanted.
    enum Effort {
        /// Of what is compressed once and sent often.
        case smallest
        /// Of what is compressed while somebody waits: JSON comes to a sixth in a fifth of the time.
        case fastest
    }

    /// Compressed; nil where that saves less than a tenth, or zlib has no memory.
    static func compressed(_ bytes: [UInt8], _ effort: Effort) -> [UInt8]? {
        var stream = z_stream()
        let level = effort == .smallest ? Z_BEST_COMPRESSION : Z_BEST_SPEED
        guard zlib_begin_gzip(&stream, level) == Z_OK else { return nil }
        defer { deflateEnd(&stream) }
        var input = bytes  // zlib only reads, but declares its input without const
        var output = [UInt8](repeating: 0, count: bytes.count - bytes.count / 10)
        let count: Int? = input.withUnsafeMutableBufferPointer { input in
            output.withUnsafeMutableBufferPointer { output in
                stream.next_in = input.baseAddress
                stream.avail_in = UInt32(input.count)
                stream.next_out = output.baseAddress
                stream.avail_out = UInt32(output.count)
                return deflate(&stream, Z_FINISH) == Z_STREAM_END ? Int(stream.total_out) : nil
            }
        }
        guard let count else { return nil }
        return Array(output[..<count])
    }

    /// Whether an `Accept-Encoding` takes gzip. *Source*: RFC 9110, section 12.5.3.
    static func isAccepted(_ header: String) -> Bool {
        var byStar = false
        for item in header.split(separator: ",") {
            let parts = item.split(separator: ";").map { $0.trimming(" \t") }
            guard let coding = parts.first?.lowercased() else { continue }
            let quality = parts.dropFirst().first { $0.lowercased().hasPrefix("q=") }
            let isTaken = quality.map { !$0.dropFirst(2).allSatisfy { $0 == "0" || $0 == "." } } ?? true
            if coding == "gzip" || coding == "x-gzip" { return isTaken }
            if coding == "*" { byStar = isTaken }
        }
        return byStar
    }
}
