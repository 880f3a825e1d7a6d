internal import Glibc

/// A whole file in memory, read by the kernel as it is looked at; the same pages serve every process that maps it.
///
/// Map only files that are replaced, never written over or cut: a page beyond a cut file's end ends the process (SIGBUS).
/// *Thread*: any.
package struct MappedFile: ~Copyable, @unchecked Sendable {
    // Sendable: the memory is never written, and goes with this.
    private let memory: UnsafeRawBufferPointer

    /// - Throws: `open`, `fstat`, `mmap`.
    package init(_ path: String) throws(SystemError) {
        let file = try FileDescriptor(opening: path)
        let count = Int(try file.length())
        guard count > 0 else {
            memory = UnsafeRawBufferPointer(start: nil, count: 0)
            return
        }
        guard let start = mmap(nil, count, PROT_READ, MAP_PRIVATE, file.number, 0), start != MAP_FAILED else {
            throw SystemError.last("mmap")
        }
        memory = UnsafeRawBufferPointer(start: start, count: count)
    }

    deinit {
        if let start = memory.baseAddress { munmap(UnsafeMutableRawPointer(mutating: start), memory.count) }
    }

    /// Calls `body` with all of it.
    package borrowing func withBytes<Result, Failure: Error>(
        _ body: (RawSpan) throws(Failure) -> Result
    ) throws(Failure) -> Result { try body(memory.bytes) }
}
