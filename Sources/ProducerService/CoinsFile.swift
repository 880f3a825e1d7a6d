internal import CryptoCore
internal import Feeds
internal import ServiceKit

/// Finds and reads the table of coins.
enum CoinsFile {
    /// The table in `path`; without one the shipped `coins.json`. Where there is none no coin is known.
    /// - Throws: the named file cannot be read, or a file is no table.
    static func read(_ path: String?) throws(UsageError) -> Coins {
        if let path {
            guard let bytes = bytes(of: path) else {
                throw UsageError("--coins \(path): cannot be read; give a JSON object such as {\"bitcoin\": \"BTC\"}")
            }
            return try decode(bytes, path)
        }
        for candidate in ShippedConfig.candidates("coins.json") {
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

    private static func bytes(of path: String) -> [UInt8]? {
        guard case .bytes(let bytes) = FileContent.read(path) else { return nil }
        return bytes
    }
}
