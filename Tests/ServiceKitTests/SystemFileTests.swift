import ServiceKit
import Testing

@Suite("Small files")
struct SystemFileTests {
    @Test("files are read whole, and what is wrong with them is said")
    func files() {
        #expect(SystemFile.read("/no/such/file") == .absent)
        #expect(SystemFile.read("/") == .unreadable("Is a directory"))
        guard case .bytes(let bytes) = SystemFile.read(#filePath) else {
            Issue.record("cannot read \(#filePath)")
            return
        }
        #expect(String(decoding: bytes, as: UTF8.self).hasSuffix("}\n"))
    }
}
