/// When the records of a topic happened: the time by which `InputMerge` puts them in order.
extension Topic {
    /// The time of a record, ms since the epoch; nil where it has none that can be true: not there, no whole number, outside the years
    /// 1 to 9999, or more than a minute ahead of the broker's clock when it wrote the record.
    /// *Complexity*: O(length up to the field), nothing allocated.
    public func time(of value: RawSpan?, appendTime: Int64?) -> Int64? {
        guard let value, let field = timeField else { return nil }
        var scanner = JSONScanner()
        guard let time = (try? scanner.member(field, of: value)) ?? nil, TickView.isTime(time) else { return nil }
        if let appendTime, time &- appendTime > TickView.maximumLead { return nil }
        return time
    }
}

extension JSONScanner {
    /// The whole number that a member of the object in `bytes` is.
    /// - Throws: where there is no such member before the first thing that is wrong with the object.
    fileprivate mutating func member(_ name: StaticString, of bytes: RawSpan) throws(DecodeError) -> Int64? {
        try enterObject(bytes)
        while let key = try nextKey(bytes) {
            guard key.equals(name, in: bytes) else {
                try skipValue(bytes)
                continue
            }
            return try peek(bytes) == .number ? try integer(bytes) : nil
        }
        return nil
    }
}
