public import Testing

/// For tests that spend their time waiting: they run on threads of their own, a few beside each other.
///
/// A test without `await` holds its thread until it ends, and the pool on which Swift Testing runs tests has one thread for each
/// core: while two tests wait there, two cores idle.
public struct Waiting: SuiteTrait, TestTrait, TestScoping {
    public var isRecursive: Bool { true }

    public func provideScope(
        for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
    ) async throws {
        try await withTaskExecutorPreference(WaitingThreads.shared) { try await function() }
    }
}

extension Trait where Self == Waiting {
    /// See `Waiting`.
    public static var waiting: Waiting { Waiting() }
}
