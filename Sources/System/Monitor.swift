internal import Glibc

/// A value behind a lock that threads can wait on: a POSIX mutex and condition variable.
///
/// `@unchecked Sendable`: `value` is touched only while `mutex` is held; POSIX: "pthread_mutex_lock() ... the calling
/// thread ... its owner".
package final class Monitor<Value>: @unchecked Sendable {
    private let mutex = UnsafeMutablePointer<pthread_mutex_t>.allocate(capacity: 1)
    private let condition = UnsafeMutablePointer<pthread_cond_t>.allocate(capacity: 1)
    private var value: Value

    /// Behind a lock that nobody has.
    package init(_ value: sending Value) {
        self.value = value
        mutex.initialize(to: pthread_mutex_t())
        condition.initialize(to: pthread_cond_t())
        pthread_mutex_init(mutex, nil)
        var attributes = pthread_condattr_t()
        pthread_condattr_init(&attributes)
        pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC)
        pthread_cond_init(condition, &attributes)
        pthread_condattr_destroy(&attributes)
    }

    deinit {
        pthread_cond_destroy(condition)
        pthread_mutex_destroy(mutex)
        condition.deallocate()
        mutex.deallocate()
    }

    /// Works on the value.
    package func withLock<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return try body(&value)
    }

    /// Works on the value, then wakes everybody who waits.
    package func change<R>(_ body: (inout Value) throws -> R) rethrows -> R {
        pthread_mutex_lock(mutex)
        defer {
            pthread_cond_broadcast(condition)
            pthread_mutex_unlock(mutex)
        }
        return try body(&value)
    }

    /// Waits until the body gives a result, asking it again after each change, at most `waitMs` long (nil: for ever).
    package func wait<R>(ms waitMs: Int64?, until body: (inout Value) -> R?) -> R? {
        var deadline = timespec()
        if let waitMs {
            // A year is longer than any wait, and far from overflowing the sum.
            let endMs = SystemClock().monotonicMs() + min(max(waitMs, 0), 31_536_000_000)
            deadline = timespec(tv_sec: Int(endMs / 1000), tv_nsec: Int(endMs % 1000) * 1_000_000)
        }
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        var isOver = false
        while true {
            if let result = body(&value) {
                pthread_cond_broadcast(condition)  // the body may have changed what others wait for
                return result
            }
            if isOver { return nil }
            if waitMs == nil {
                pthread_cond_wait(condition, mutex)
            } else {
                isOver = pthread_cond_timedwait(condition, mutex, &deadline) == ETIMEDOUT
            }
        }
    }
}
