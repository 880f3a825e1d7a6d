internal import CAllocationCount

/// Heap allocations of the calling thread.
public enum Allocations {
    /// So many since the thread began; stays 0 under a sanitizer, which brings its own allocator.
    public static var count: UInt64 { allocation_count() }
}
