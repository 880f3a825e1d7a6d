import Glibc
import TestSupport

#if DEBUG
    // The compiler keeps temporary copies there that a release build has not.
    say("skipped: a debug build, which allocates; swift build -c release makes the other")
#else
    let counter = Check(law: "an array is one allocation: the counter counts", limit: 1) {
        let count = allocations { withExtendedLifetime([UInt8](repeating: 1, count: 10_000)) {} }
        try Check.require(count == 1, "\(count) counted")
        return count
    }
    let results =
        ([counter] + WindowChecks.all + PredictionChecks.all + RowChecks.all + FeedChecks.all + ModelChecks.all
        + RuleChecks.all).map {
            $0.holds()
        }
    exit(results.allSatisfy { $0 } ? EXIT_SUCCESS : EXIT_FAILURE)
#endif
