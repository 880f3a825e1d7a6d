/// Which record of a stream service's inputs it is, and when it came.
public struct RecordStamp: BitwiseCopyable, Equatable, Sendable {
    /// Which of the service's inputs: its index among their topics.
    public var input: Int
    public var offset: Int64
    /// When the broker wrote the record to its log, ms since the epoch; nil where the record's time is not the broker's.
    public var appendTime: Int64?

    @inlinable
    public init(input: Int, offset: Int64, appendTime: Int64?) {
        self.input = input
        self.offset = offset
        self.appendTime = appendTime
    }
}
