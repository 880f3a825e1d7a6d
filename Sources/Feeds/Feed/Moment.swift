/// Both clocks at one moment. *Units*: ms; `monotonic` from an arbitrary start, `wall` since the Unix epoch.
package struct Moment: Sendable, Equatable {
    package var monotonic: Int64
    package var wall: Int64

    package init(monotonic: Int64, wall: Int64) {
        self.monotonic = monotonic
        self.wall = wall
    }
}
