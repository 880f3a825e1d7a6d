/// Lengths of time that rows are cut by. *Units*: ms.
enum ClockSpan {
    static let minute = WindowConfiguration.windowLength
    static let hour: Int64 = 60 * minute
    static let day: Int64 = 24 * hour
}
