internal import Glibc

/// How many files and connections a process may have open.
package enum OpenFiles {
    /// Asks for as many as the system allows, and returns how many that are; where it refuses, the limit stays.
    @discardableResult
    package static func raiseLimit() -> Int {
        let kind = __rlimit_resource_t(RLIMIT_NOFILE.rawValue)
        var limit = rlimit()
        guard getrlimit(kind, &limit) == 0 else { return 1_024 }
        let before = limit.rlim_cur
        limit.rlim_cur = limit.rlim_max
        return Int(clamping: setrlimit(kind, &limit) == 0 ? limit.rlim_cur : before)
    }
}
