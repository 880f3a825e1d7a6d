/// Why ticks are missing.
package enum GapReason: String, Sendable, Equatable {
    /// The producer was not running.
    case start
    /// The connection was lost or could not be made.
    case disconnect
    /// The connection was there, but nothing came.
    case silent
    /// The venue refused the subscription.
    case refused
    /// The venue refused to answer so often.
    case rateLimited = "rate_limited"
    /// Kafka was away for so long that the buffer was full.
    case overflow
    /// A frame of the series could not be read.
    case malformed
    /// Messages were lost on the way: the venue's numbers jumped.
    case missed
    /// The producer ended before what was missing had come.
    case stop
    /// The venue has begun to number anew: nobody can tell what is missing.
    case renumbered
    /// The recording that is replayed lacks what the disk was too slow for.
    case unrecorded
}
