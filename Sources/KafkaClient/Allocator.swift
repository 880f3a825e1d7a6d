internal import CJemalloc

/// The process's allocator, jemalloc: whoever links this module has it in the place of glibc's.
///
/// librdkafka allocates every record on a broker's thread and we free it on ours. glibc's `free` takes the lock of the arena that
/// the memory came from, which is the one that the broker's thread allocates from at that moment: while a backlog was read, seven of
/// ten times that a thread slept it slept there. jemalloc hands such memory back in batches.
/// Measured (Apache Kafka 4.1.1 on the same two cores, 20 million ticks, in turn): 2.0 M ticks/s with glibc's, 2.3 with jemalloc's,
/// 2.2 with mimalloc's, 2.2 with tcmalloc's.
enum Allocator {
    /// How long memory that was freed may wait to be used again before the system gets it back; by default it is ten seconds,
    /// and a service that has caught up would keep what the backlog took. *Units*: ms.
    private static let decayMs = 1_000

    /// Settled once, before the first client: for the arenas that threads have already, and for those to come.
    static let isSettled: Bool = {
        var count: UInt32 = 0
        var size = MemoryLayout<UInt32>.size
        guard mallctl("arenas.narenas", &count, &size, nil, 0) == 0 else { return false }
        for arena in 0..<count { _ = setDecay("arena.\(arena).dirty_decay_ms") }  // fails where no thread has it yet
        return setDecay("arenas.dirty_decay_ms")
    }()

    private static func setDecay(_ name: String) -> Bool {
        var value = decayMs
        return mallctl(name, nil, nil, &value, MemoryLayout<Int>.size) == 0
    }
}
