import Compression
import Foundation
import Glibc
import System
import TestSupport
import TestTraits
import Testing

@Suite("Input files: plain and gzip", .waiting)
struct GzipFileTests {
    private let scratch: Scratch

    init() throws { scratch = try Scratch() }

    /// The bytes as the program gzip packs them.
    private func gzip(_ bytes: [UInt8], level: Int = 6) throws -> [UInt8] {
        let path = try scratch.file("plain-\(UUID().uuidString)", bytes)
        let result = try ChildProcess("gzip", ["-n", "-\(level)", path]).wait()
        try #require(result.status == 0, "\(result.errors)")
        return [UInt8](try Data(contentsOf: URL(fileURLWithPath: path + ".gz")))
    }

    @Test("a plain file is handed out as it is, however it is read", arguments: [0, 1, 3, 65_535, 65_536, 200_000])
    func plain(count: Int) throws {
        let bytes = text(count)
        let path = try scratch.file("a", bytes)
        for pieces in [1, 7, 65_536, 1 << 20] where count / pieces < 70_000 {
            #expect(try content(path, pieces: pieces) == bytes)
        }
    }

    @Test(
        "what begins like an archive and is none stays as it is",
        arguments: ["P", "PK", "PK\u{3}", "PK, a text", "\u{1F}x"])
    func almost(text: String) throws {
        #expect(try content(try scratch.file("a", Array(text.utf8))) == Array(text.utf8))
    }

    @Test("what gzip packed comes out whole, however it is read", arguments: [0, 1, 65_536, 3_000_000], [1, 9])
    func whole(count: Int, level: Int) throws {
        let bytes = text(count)
        let path = try scratch.file("a", try gzip(bytes, level: level))
        for pieces in [1, 1000, 1 << 20] where count / pieces < 70_000 {
            #expect(try content(path, pieces: pieces) == bytes)
        }
    }

    @Test("members follow each other, zeros may follow them", arguments: [0, 1, 512, 200_000])
    func members(zeros: Int) throws {
        let packed = try gzip(text(100)) + gzip([]) + gzip(text(70_000, seed: 2))
        let path = try scratch.file("a", packed + [UInt8](repeating: 0, count: zeros))
        #expect(try content(path) == text(100) + text(70_000, seed: 2))
    }

    @Test("of a file that was cut, everything before the cut can be read, and the cut is told")
    func truncated() throws {
        let bytes = text(2000)
        let packed = try gzip(bytes)
        for count in 2..<packed.count {
            let path = try scratch.file("a", Array(packed[..<count]))
            let (found, error) = readable(path)
            #expect(bytes.starts(with: found) && error == InputFileError(path: path, problem: .truncated))
        }
        let path = try scratch.file("b", try gzip(text(200_000)).dropLast(9))
        #expect(readable(path).bytes.count > 190_000)
    }

    @Test("whatever bit is wrong: nothing else than what was packed passes for whole")
    func damaged() throws {
        let bytes = text(300)
        let packed = try gzip(bytes)
        var errors = 0
        for bit in 16..<packed.count * 8 {
            let (found, error) = readable(try scratch.file("a", flipping(bit, of: packed)))
            #expect(error != nil || found == bytes)
            if error != nil { errors += 1 }
        }
        #expect(errors > (packed.count - 11) * 8, "all but some of the head and the last padding matter")
    }

    @Test("what follows a member and is none is an error, after the member")
    func garbage() throws {
        let path = try scratch.file("a", try gzip(text(5000)) + Array("more".utf8))
        let (found, error) = readable(path)
        #expect(found == text(5000) && error?.problem == .damaged("incorrect header check"))
        #expect(error?.description == "\(path) is damaged: incorrect header check")
    }

    @Test("a pipe is read like a file, though it gives a byte at a time", arguments: [true, false])
    func pipe(isPacked: Bool) throws {
        let bytes = text(300)
        let source = try scratch.file("a", isPacked ? try gzip(bytes) : bytes)
        let path = scratch.path("pipe")
        try #require(mkfifo(path, 0o600) == 0)
        let writer = try ChildProcess("dd", ["if=\(source)", "of=\(path)", "bs=1"])
        #expect(try content(path) == bytes)
        #expect(try writer.wait().status == 0)
    }

    @Test("what cannot be opened or read says which call failed, and of which file")
    func unreadable() throws {
        let missing = readable(scratch.path("missing")).error
        #expect(missing?.description == "\(scratch.path("missing")): open failed: No such file or directory")
        #expect(readable(scratch.folder.path).error?.problem == .system(SystemError(operation: "read", code: EISDIR)))
    }

    @Test("what is written can be unpacked by gzip", arguments: [[], [0], [1], [100_000, 0, 1], [7, 3_000_000]])
    func written(counts: [Int]) throws {
        let path = scratch.path("a.gz")
        let writer = try GzipWriter(try FileDescriptor(opening: path, O_WRONLY | O_CREAT))
        for (index, count) in counts.enumerated() { try writer.write(text(count, seed: UInt64(index))) }
        try writer.end()
        let expected = counts.enumerated().flatMap { text($1, seed: UInt64($0)) }
        #expect(try content(path) == expected)
        let unpacked = try ChildProcess("gzip", ["-dc", path]).wait()
        #expect(unpacked.status == 0 && Array(unpacked.output.utf8) == expected)
    }

    @Test("what was flushed can be read while the rest is still being written")
    func flushed() throws {
        let path = scratch.path("a.gz")
        let writer = try GzipWriter(try FileDescriptor(opening: path, O_WRONLY | O_CREAT))
        try writer.write(text(500))
        #expect(readable(path).bytes.isEmpty)
        try writer.flush()
        #expect(readable(path) == (text(500), InputFileError(path: path, problem: .truncated)))
        try writer.end()
        #expect(try content(path) == text(500))
    }

    @Test("a full disk is told")
    func full() throws {
        let writer = try GzipWriter(try FileDescriptor(opening: "/dev/full", O_WRONLY))
        try writer.write(text(500))
        #expect(throws: SystemError(operation: "write", code: ENOSPC)) { try writer.flush() }
    }
}
