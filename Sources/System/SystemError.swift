internal import Glibc

/// A call of the operating system failed.
package struct SystemError: Error, Equatable, Sendable, CustomStringConvertible {
    /// The C function's name.
    package let operation: String
    /// `errno`.
    package let code: Int32

    package init(operation: String, code: Int32) {
        self.operation = operation
        self.code = code
    }

    /// What the C library calls the error, such as `No space left on device`.
    package var reason: String { String(cString: strerror(code)) }

    package var description: String { "\(operation): \(reason)" }

    /// The error that the calling thread's last call left.
    package static func last(_ operation: String) -> SystemError { SystemError(operation: operation, code: errno) }

    /// A file holds less than it should (`EIO`).
    package static func endOfFile(_ operation: String) -> SystemError { SystemError(operation: operation, code: EIO) }

    /// Calls again as long as a signal interrupts it.
    /// - Throws: what `errno` says when the result is negative.
    @discardableResult
    package static func check<Result: SignedInteger>(
        _ operation: StaticString, _ call: () -> Result
    ) throws(SystemError) -> Result {
        while true {
            let result = call()
            if result >= 0 { return result }
            let error = last(operation.description)
            if error.code != EINTR { throw error }
        }
    }
}
