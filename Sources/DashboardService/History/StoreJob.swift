internal import Storage

/// Something to be read from the store by one of the pool's threads.
struct StoreJob: Sendable {
    /// Whether somebody still waits for it.
    let isWanted: @Sendable () -> Bool
    /// Reads and says what it has read. It is called again where the store was another one meanwhile.
    let run: @Sendable (any StoreReader) throws(StoreError) -> Void
    /// Says why nothing was read.
    let fail: @Sendable (StoreFailure) -> Void
}

/// Why the store did not answer a question.
enum StoreFailure: Sendable {
    /// The question asks for what there is not; says what.
    case badQuestion(String)
    /// There is no store now.
    case away(StoreState)
    /// Too many other questions wait.
    case busy
    /// Nobody waits for it any more.
    case notWanted
    /// The dashboard stops.
    case closed
}
