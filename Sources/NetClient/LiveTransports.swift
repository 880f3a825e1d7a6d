internal import Synchronization

/// How many clients with C handles are alive; counted in debug builds, so that a test can end at zero.
package enum LiveTransports {
    #if DEBUG
        private static let counter = Atomic<Int>(0)

        package static var count: Int { counter.load(ordering: .relaxed) }
        static func add(_ n: Int) { counter.wrappingAdd(n, ordering: .relaxed) }
    #else
        package static var count: Int { 0 }
        static func add(_ n: Int) {}
    #endif
}
