internal import Synchronization

/// How many owners of C handles are alive; counted in debug builds, so that a test can end at zero. *Thread*: any.
package final class LiveCounter: Sendable {
    #if DEBUG
        private let counter = Atomic<Int>(0)

        package var count: Int { counter.load(ordering: .relaxed) }
        package func add(_ n: Int) { counter.wrappingAdd(n, ordering: .relaxed) }
    #else
        package var count: Int { 0 }
        package func add(_ n: Int) {}
    #endif

    package init() {}
}
