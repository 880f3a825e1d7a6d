import Foundation
import Glibc
import System
import Testing

@Suite("Mapped files and folders")
struct MappedFileTests {
    private func withFolder(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.appendingPathComponent("map-\(UUID().uuidString)").path
        defer { try? FileManager.default.removeItem(atPath: path) }
        try Directory.make(path)
        try body(path)
    }

    @Test("a mapped file has the bytes of the file, also when that is replaced", arguments: [0, 1, 4096, 100_001])
    func bytes(count: Int) throws {
        try withFolder { folder in
            let bytes = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 7) }
            let path = "\(folder)/file"
            try FileDescriptor(opening: path, O_WRONLY | O_CREAT).write(bytes)
            let file = try MappedFile(path)
            try Data([1]).write(to: URL(fileURLWithPath: path), options: .atomic)
            #expect(file.withBytes { $0.withUnsafeBytes { Array($0) } } == bytes)
        }
    }

    @Test("a file that is not there is an error, not a crash")
    func missing() throws {
        try withFolder { folder in
            do throws(SystemError) {
                _ = try MappedFile("\(folder)/nothing")
                Issue.record("it was mapped")
            } catch { #expect(error == SystemError(operation: "open", code: ENOENT)) }
        }
    }

    @Test("folders are made with those above them, listed, and removed with their files")
    func folders() throws {
        try withFolder { folder in
            try Directory.make("\(folder)/a/b/c")
            try Directory.make("\(folder)/a/b/c/")
            #expect(Directory.isThere("\(folder)/a/b/c") && !Directory.isThere("\(folder)/a/x"))
            try FileDescriptor(opening: "\(folder)/a/b/c/file", O_WRONLY | O_CREAT).write([1])
            #expect(try Directory.entries("\(folder)/a/b/c") == ["file"])
            #expect(throws: SystemError(operation: "mkdir", code: EEXIST)) {
                try Directory.make("\(folder)/a/b/c/file")
            }
            #expect(throws: SystemError(operation: "mkdir", code: EEXIST)) {
                try Directory.make("\(folder)/a/b/c/file/d")
            }
            Directory.remove("\(folder)/a/b/c")
            #expect(!Directory.isThere("\(folder)/a/b/c") && Directory.isThere("\(folder)/a/b"))
            #expect(throws: SystemError(operation: "opendir", code: ENOENT)) {
                try Directory.entries("\(folder)/a/b/c")
            }
        }
    }
}
