import ServiceKit
import Testing

@Suite("Small files")
struct FileContentTests {
    @Test("files are read whole, and what is wrong with them is said")
    func files() {
        #expect(FileContent.read("/no/such/file") == .absent)
        #expect(FileContent.read("/") == .unreadable("Is a directory"))
        guard case .bytes(let bytes) = FileContent.read(#filePath) else {
            Issue.record("cannot read \(#filePath)")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("}\n"))
    }
}
