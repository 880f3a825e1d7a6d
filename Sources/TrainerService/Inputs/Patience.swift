internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Asks a server again while it does not answer, a few times.
struct Patience {
    private static let attempts = 6

    let context: ServiceContext
    /// The server as it may be shown.
    let location: String

    /// - Parameter isAway: whether the same may be asked again after a pause.
    /// - Throws: `.store` with the last answer, `.stopped`.
    func ask<Result, Failure: Error>(
        _ question: () throws(Failure) -> Result, isAway: (Failure) -> Bool
    ) throws(InputError) -> Result {
        var backoff = Backoff(capMs: 5_000)
        var attempt = 1
        while true {
            do throws(Failure) { return try question() } catch {
                guard isAway(error), attempt < Patience.attempts else {
                    throw .store(location: location, reason: "\(error)")
                }
                context.log.warning("waiting for the input", ["input": location, "error": "\(error)"])
            }
            attempt += 1
            if context.stop.wait(ms: backoff.next()) { throw .stopped }
        }
    }
}
