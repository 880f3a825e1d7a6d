/// How many letters of one text have to change to make another.
public enum EditDistance {
    /// Wrong, missing and extra bytes between two texts, two neighbours that changed places counting one.
    ///
    /// *Complexity*: O(m·n) time, three rows of memory.
    /// *Source*: "optimal string alignment", after Damerau, "A technique for computer detection and correction of spelling
    /// errors", 1964.
    public static func between(_ a: [UInt8], _ b: [UInt8]) -> Int {
        var beforeLast: [Int] = []
        var last = Array(0...b.count)
        for i in a.indices {
            var row = [i + 1]
            row.reserveCapacity(b.count + 1)
            for j in b.indices {
                var best = min(last[j + 1] + 1, row[j] + 1, last[j] + (a[i] == b[j] ? 0 : 1))
                if i > 0, j > 0, a[i] == b[j - 1], a[i - 1] == b[j] { best = min(best, beforeLast[j - 1] + 1) }
                row.append(best)
            }
            beforeLast = last
            last = row
        }
        return last[b.count]
    }
}
