/// Asked before each tick of a feed that can wait: whether one more record of so many bytes may go to the partition. True
/// counts as sent. `pipeline` answers by what its readers have done. *Thread*: any of the producer's.
package typealias Pace = @Sendable (_ partition: Int32, _ bytes: Int) -> Bool

/// Ticks that Kafka did not get before the service had to end: those that waited, were dropped for lack of room, or were refused.
package struct UndeliveredTicks: Error, Equatable, Sendable, CustomStringConvertible {
    package let count: Int

    package var description: String { "\(count) ticks could not be delivered to Kafka before the end" }
}
