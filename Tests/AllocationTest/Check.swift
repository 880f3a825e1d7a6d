import TestSupport

/// A sentence about what is allocated on the heap, and what shows it.
struct Check {
    let law: String
    /// Most that may be allocated.
    var limit: UInt64 = 0
    /// Gives what the code in question has allocated on this thread, when every buffer has its size.
    /// - Throws: `Failure` when it did not do its work.
    let count: () throws -> UInt64

    /// - Returns: whether the law holds; says so in a line.
    func holds() -> Bool {
        do {
            let allocated = try count()
            say("\(allocated <= limit ? "ok" : "FAILED"): \(law): \(allocated) allocated, \(limit) may be")
            return allocated <= limit
        } catch {
            say("FAILED: \(law): \(error)")
            return false
        }
    }

    /// - Throws: `Failure` with these words where the condition does not hold.
    static func require(_ condition: Bool, _ words: String) throws {
        if !condition { throw Failure(words) }
    }
}

/// What `body` allocates on this thread.
func allocations(_ body: () throws -> Void) rethrows -> UInt64 {
    let before = Allocations.count
    try body()
    return Allocations.count - before
}
