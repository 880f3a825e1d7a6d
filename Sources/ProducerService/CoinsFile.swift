internal import CryptoCore
internal import Feeds
internal import Glibc
internal import ServiceKit

/// Finds and reads the table of coins.
enum CoinsFile {
    /// The table in `path`; without one `config/coins.json` here, or beside the program or above it (as a build has it), or
    /// in `../share/cryptostream` (as an image has it). Where there is none no coin is known.
    /// - Throws: the named file cannot be read, or a file is no table.
    static func read(_ path: String?) throws(UsageError) -> Coins {
        if let path {
            guard let bytes = bytes(of: path) else {
                throw UsageError("--coins \(path): cannot be read; give a JSON object such as {\"bitcoin\": \"BTC\"}")
            }
            return try decode(bytes, path)
        }
        for candidate in candidates() {
            if let bytes = bytes(of: candidate) { return try decode(bytes, candidate) }
        }
        return Coins()
    }

    private static func decode(_ bytes: [UInt8], _ path: String) throws(UsageError) -> Coins {
        do throws(DecodeError) {
            return try Coins(decoding: bytes.span.bytes)
        } catch {
            throw UsageError("--coins \(path): \(error); it must be a JSON object such as {\"bitcoin\": \"BTC\"}")
        }
    }

    private static func candidates() -> [String] {
        var found = ["config/coins.json"]
        var folder = Substring(programFolder() ?? "")
        if !folder.isEmpty { found.append("\(folder)/../share/cryptostream/coins.json") }
        for _ in 0..<5 where !folder.isEmpty {
            found.append("\(folder)/config/coins.json")
            folder = folder.lastIndex(of: "/").map { folder[..<$0] } ?? ""
        }
        return found
    }

    private static func programFolder() -> String? {
        let path = withUnsafeTemporaryAllocation(of: CChar.self, capacity: 4096) { buffer -> String? in
            guard let base = buffer.baseAddress else { return nil }
            let count = readlink("/proc/self/exe", base, buffer.count - 1)
            guard count > 0 else { return nil }
            buffer[count] = 0
            return String(cString: base)
        }
        return path.flatMap { path in path.lastIndex(of: "/").map { String(path[..<$0]) } }
    }

    private static func bytes(of path: String) -> [UInt8]? {
        guard case .bytes(let bytes) = SystemFile.read(path) else { return nil }
        return bytes
    }
}
