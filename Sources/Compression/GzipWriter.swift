internal import CZlib
internal import Glibc
package import System

/// A gzip file that is written.
///
/// *Thread*: one at a time.
package final class GzipWriter {
    private var file: FileDescriptor?
    /// Stays where it is: zlib's state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    private var packed = [UInt8](repeating: 0, count: 1 << 16)
    /// Of `packed`, and not written yet.
    private var count = 0

    /// Begins a gzip member at the file's end or place.
    /// - Throws: `ENOMEM`.
    package init(_ file: consuming FileDescriptor) throws(SystemError) {
        self.file = consume file
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard zlib_begin_gzip(stream, Z_DEFAULT_COMPRESSION) == Z_OK else {
            throw SystemError(operation: "deflateInit2", code: ENOMEM)
        }
    }

    deinit {
        deflateEnd(stream)
        stream.deallocate()
    }

    /// Packs the bytes; they are written once there are enough of them.
    /// - Throws: what `write` says, such as a full disk; the file is of no more use then.
    package func write(_ bytes: [UInt8]) throws(SystemError) { try pack(bytes, Z_NO_FLUSH) }

    /// Writes out all that was packed: whoever reads the file now gets everything. Each time costs some bytes.
    /// - Throws: what `write` says.
    package func flush() throws(SystemError) { try pack([], Z_SYNC_FLUSH) }

    /// Ends the gzip data and closes the file; a file that was not ended is cut off.
    /// - Throws: what `write` and `close` say.
    package func end() throws(SystemError) {
        try pack([], Z_FINISH)
        try file.take()?.close()
    }

    private func pack(_ bytes: [UInt8], _ flush: CInt) throws(SystemError) {
        precondition(file != nil, "nothing is written behind the end")
        var input = bytes  // zlib only reads, but declares its input without const
        try input.withUnsafeMutableBufferPointer { input throws(SystemError) in
            stream.pointee.next_in = input.baseAddress
            stream.pointee.avail_in = UInt32(input.count)
            var isFull = true
            while isFull {
                isFull = fill(flush)
                guard isFull || flush != Z_NO_FLUSH else { break }
                try file?.write(Array(packed[..<count]))
                count = 0
            }
        }
    }

    /// Lets zlib write behind what is in `packed`.
    /// - Returns: whether that is full, and zlib may have more.
    private func fill(_ flush: CInt) -> Bool {
        packed.withUnsafeMutableBufferPointer { packed in
            let room = packed[count...]
            stream.pointee.next_out = UnsafeMutableBufferPointer(rebasing: room).baseAddress
            stream.pointee.avail_out = UInt32(room.count)
            _ = deflate(stream, flush)  // fails only without room, which it has, or after its end
            count = packed.count - Int(stream.pointee.avail_out)
            return count == packed.count
        }
    }
}
