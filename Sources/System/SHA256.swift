internal import CCrypto

/// The hash by which anybody can tell whether two files are the same: what `sha256sum` prints.
package enum SHA256 {
    /// The 32 bytes of the hash.
    ///
    /// *Source*: FIPS 180-4, by OpenSSL's libcrypto.
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: Int(SHA256_DIGEST_LENGTH)) { digest, count in
            _ = CCrypto.SHA256(
                bytes.baseAddress?.assumingMemoryBound(to: UInt8.self), bytes.count, digest.baseAddress)
            count = Int(SHA256_DIGEST_LENGTH)
        }
    }

    /// The hash as 64 lower-case hexadecimal digits.
    package static func text(_ bytes: UnsafeRawBufferPointer) -> String {
        let digits = Array("0123456789abcdef".utf8)
        let text = hash(bytes).flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }
        return String(decoding: text, as: UTF8.self)
    }
}
