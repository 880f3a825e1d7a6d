import Compression
import Foundation
import Glibc
import TestSupport
import TestTraits
import Testing

@Suite("Input files: zip", .waiting)
struct ZipFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// An archive that Python's zipfile makes of the file `text`.
    private struct Recipe: Sendable, CustomTestStringConvertible {
        let testDescription: String
        /// Where the archive goes: a file, or a stream that cannot go back.
        var target = "'out'"
        /// How many bytes take sizes of 64 bits.
        var limit64 = "zipfile.ZIP64_LIMIT"
        /// What is done with the open archive `z`.
        let write: String
    }

    private func zip(_ recipe: Recipe) throws -> [UInt8] {
        try scratch.python(
            """
            import zipfile
            class Stream:
                def __init__(self): self.file = open('out', 'wb')
                def write(self, bytes): return self.file.write(bytes)
                def flush(self): self.file.flush()
            zipfile.ZIP64_LIMIT = \(recipe.limit64)
            with zipfile.ZipFile(\(recipe.target), 'w', zipfile.ZIP_DEFLATED) as z:
                \(recipe.write)
            """)
    }

    private func zip(_ write: String) throws -> [UInt8] { try zip(Recipe(testDescription: "", write: write)) }

    private static let large =
        "f = z.open('text', 'w', force_zip64=True); f.write(open('text', 'rb').read()); f.close()"
    private static let recipes = [
        Recipe(testDescription: "deflated", write: "z.write('text')"),
        Recipe(testDescription: "stored", write: "z.write('text', compress_type=zipfile.ZIP_STORED)"),
        Recipe(
            testDescription: "beside folders",
            write: "z.writestr('d/', ''); z.write('text', 'd/text'); z.writestr('e/', '')"),
        Recipe(testDescription: "with a comment", write: "z.comment = b'PK' * 9000; z.write('text')"),
        Recipe(testDescription: "sizes of 64 bits", limit64: "0", write: large),
        Recipe(testDescription: "sizes behind the data", target: "Stream()", write: "z.write('text')"),
        Recipe(testDescription: "sizes of 64 bits behind the data", target: "Stream()", limit64: "0", write: large),
    ]

    /// The error of an archive.
    private func problem(_ archive: [UInt8]) throws -> InputFileError.Problem? {
        readable(try scratch.file("a", archive)).error?.problem
    }

    @Test("the one file of an archive comes out whole, however it was packed and is read", arguments: recipes)
    private func whole(recipe: Recipe) throws {
        for count in [0, 1, 100_000] {
            _ = try scratch.file("text", text(count))
            let path = try scratch.file("a.csv", try zip(recipe))
            for pieces in [1, 999, 1 << 20] { #expect(try content(path, pieces: pieces) == text(count)) }
        }
    }

    @Test("of an archive that was cut nothing else than what was packed passes for whole", arguments: recipes)
    private func truncated(recipe: Recipe) throws {
        _ = try scratch.file("text", text(100))
        let archive = try zip(recipe)
        for count in 4..<min(archive.count, 500) {
            let (found, error) = readable(try scratch.file("a", Array(archive[..<count])))
            #expect(error != nil || found == text(100))
            // What follows is the end of the table of contents, which says where that begins.
            if count < archive.count - 22, archive.count < 500 { #expect(error != nil) }
        }
    }

    @Test("whatever bit is wrong: nothing else than what was packed passes for whole", arguments: recipes)
    private func damaged(recipe: Recipe) throws {
        _ = try scratch.file("text", text(100))
        let archive = try zip(recipe)
        for bit in 32..<min(archive.count, 500) * 8 {
            let (found, error) = readable(try scratch.file("a", flipping(bit, of: archive)))
            #expect(error != nil || found == text(100), "bit \(bit)")
        }
    }

    @Test("several files, none, encrypted ones and other methods are refused with the way to mend it")
    func unsupported() throws {
        _ = try scratch.file("text", text(300))
        let several = try zip("z.write('text', 'a'); z.write('text', 'b')")
        #expect(try problem(several) == .unsupported("the archive holds several files: unpack it and name each"))
        for nothing in ["pass", "z.writestr('d/', '')"] {
            #expect(try problem(zip(nothing)) == .unsupported("the archive holds no file"))
        }
        let other = try zip("z.write('text', compress_type=zipfile.ZIP_LZMA)")
        #expect(
            try problem(other)
                == .unsupported("Compression method not supported: unpack it first"))
        // The flag that says so stands in the entry's head and in the table of contents.
        let locked = try zip("z.write('text'); z.filelist[0].flag_bits |= 1")
        #expect(try problem(locked) == .unsupported("No password provided: unpack it first"))
    }

    @Test("an archive that comes through a pipe is refused")
    func pipe() throws {
        _ = try scratch.file("text", text(300))
        let source = try scratch.file("a", try zip("z.write('text')"))
        let path = scratch.path("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let writer = try ChildProcess("dd", ["if=\(source)", "of=\(path)"])
        let (_, error) = readable(path)
        #expect(
            error?.description
                == "\(path): a zip archive is read from a file only: unpack it first")
        _ = try writer.wait()
    }
}
