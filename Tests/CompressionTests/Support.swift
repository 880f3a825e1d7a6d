import Compression
import Foundation
import TestSupport
import Testing

/// A folder of files that lives as long as the value.
final class Scratch {
    let folder: URL

    init() throws {
        folder = FileManager.default.temporaryDirectory.appendingPathComponent("compression-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: folder) }

    func path(_ name: String) -> String { folder.appendingPathComponent(name).path }

    func file(_ name: String, _ bytes: [UInt8]) throws -> String {
        try Data(bytes).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    /// Runs a few lines of Python in the folder and returns the bytes of the file `out` that they write.
    func python(_ lines: String) throws -> [UInt8] {
        let result = try ChildProcess("python3", ["-c", lines], in: folder).wait()
        try #require(result.status == 0, "\(result.errors)")
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path("out"))))
    }
}

/// Reads a file to its end, so many bytes at a time.
func content(_ path: String, pieces: Int = 1000) throws -> [UInt8] {
    let (bytes, error) = readable(path, pieces: pieces)
    if let error { throw error }
    return bytes
}

/// What can be read of a file, and why not all of it can.
func readable(_ path: String, pieces: Int = 1000) -> (bytes: [UInt8], error: InputFileError?) {
    var bytes: [UInt8] = []
    var piece = [UInt8](repeating: 0, count: pieces)
    do throws(InputFileError) {
        var file = try InputFile(path)
        while true {
            let count = try piece.withUnsafeMutableBufferPointer { buffer throws(InputFileError) in
                try file.read(into: UnsafeMutableRawBufferPointer(buffer))
            }
            if count == 0 { return (bytes, nil) }
            bytes += piece[..<count]
        }
    } catch {
        return (bytes, error)
    }
}

/// Text that packs well, as recordings do.
func text(_ count: Int, seed: UInt64 = 1) -> [UInt8] {
    var random = SplitMix64(seed: seed)
    var bytes: [UInt8] = []
    while bytes.count < count {
        bytes += #"{"i":"\#(random.next())","T":178631082191\#(random.next() % 10),"p":"65114.20"}"#.utf8 + [10]
    }
    return Array(bytes.prefix(count))
}

/// The same bytes with one bit changed.
func flipping(_ bit: Int, of bytes: [UInt8]) -> [UInt8] {
    var bytes = bytes
    bytes[bit / 8] ^= 1 << UInt8(bit % 8)
    return bytes
}
