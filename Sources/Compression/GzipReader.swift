internal import CZlib
internal import Glibc
internal import System

/// Unpacks gzip data: one member after the other, zeros behind the last (RFC 1952, section 2.2).
final class GzipReader {
    /// Stays where it is: zlib's state points back to it.
    private let stream: UnsafeMutablePointer<z_stream>
    /// A member has ended, and the next did not begin.
    private var isBetweenMembers = false
    /// Found behind bytes that had to be handed out first.
    private var problem: InputFileError.Problem?

    /// - Throws: `.system` with `ENOMEM`.
    init() throws(InputFileError.Problem) {
        stream = .allocate(capacity: 1)
        stream.initialize(to: z_stream())
        guard zlib_begin_gunzip(stream) == Z_OK else { throw .outOfMemory }
    }

    deinit {
        inflateEnd(stream)
        stream.deallocate()
    }

    /// Unpacks what comes next, at least a byte of it.
    /// - Returns: how many bytes; 0 at the end.
    /// - Throws: `.system`, `.truncated`, `.damaged`.
    func read(
        into room: UnsafeMutableRawBufferPointer, from source: PackedBytes
    ) throws(InputFileError.Problem) -> Int {
        let wanted = UInt32(clamping: room.count)
        stream.pointee.next_out = room.baseAddress?.assumingMemoryBound(to: UInt8.self)
        stream.pointee.avail_out = wanted
        while stream.pointee.avail_out == wanted {
            if let problem { throw problem }
            if isBetweenMembers { source.consume { zeros in zeros.firstIndex { $0 != 0 } ?? zeros.count } }
            if source.count > 0 {
                unpack(source)
            } else if try !source.fill() {
                guard isBetweenMembers else { throw .truncated }
                return 0
            }
        }
        return Int(wanted - stream.pointee.avail_out)
    }

    private func unpack(_ source: PackedBytes) {
        if isBetweenMembers {
            inflateReset(stream)
            isBetweenMembers = false
        }
        var code = Z_OK
        source.consume { bytes in
            stream.pointee.next_in = bytes.baseAddress
            stream.pointee.avail_in = UInt32(bytes.count)
            code = inflate(stream, Z_NO_FLUSH)
            return bytes.count - Int(stream.pointee.avail_in)
        }
        switch code {
        case Z_OK: break
        case Z_STREAM_END: isBetweenMembers = true
        case Z_MEM_ERROR: problem = .outOfMemory
        default: problem = .damaged(stream.pointee.msg.map { String(cString: $0) } ?? "inflate failed with \(code)")
        }
    }
}

extension InputFileError.Problem {
    fileprivate static let outOfMemory = Self.system(SystemError(operation: "inflate", code: ENOMEM))
}
