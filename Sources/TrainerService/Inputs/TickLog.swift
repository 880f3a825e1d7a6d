internal import CryptoCore

/// The wanted ticks of an input, of which a preset's rows are made: of each series in the order in which they came.
struct TickLog: Sendable {
    let filter: InputFilter
    private let preset: Preset
    private(set) var series: [Series] = []
    /// By the series' number.
    private(set) var ticks: [TickHistory] = []
    /// Records that are no ticks.
    private(set) var malformed = 0
    /// How many wanted ticks were met, also those of which the preset makes no row.
    private(set) var count = 0
    /// Told of that number now and then.
    var onProgress: @Sendable (Int) -> Void = { _ in }

    private var places: [Series: Int] = [:]
    private var unwanted: Set<Series> = []
    /// The series that was asked for last, as it stands in a file or record.
    private var lastName: (source: [UInt8], symbol: [UInt8], index: Int?) = ([], [], nil)

    init(_ filter: InputFilter, _ preset: Preset) { (self.filter, self.preset) = (filter, preset) }

    /// Every series that was met, wanted or not.
    var known: [Series] { series + unwanted }

    /// The number of a series; nil where it is not wanted.
    mutating func index(of series: Series) -> Int? {
        if let place = places[series] { return place }
        guard filter.takes(series) else {
            unwanted.insert(series)
            return nil
        }
        places[series] = ticks.count
        self.series.append(series)
        ticks.append(TickHistory(preset))
        return ticks.count - 1
    }

    /// The same of texts as they stand in a file or record; those of the call before are found at once.
    mutating func index(source: RawSpan, symbol: RawSpan) -> Int? {
        if source.equals(lastName.source), symbol.equals(lastName.symbol) { return lastName.index }
        let texts = (source.withUnsafeBytes { Array($0) }, symbol.withUnsafeBytes { Array($0) })
        let series = Series(
            source: String(decoding: texts.0, as: UTF8.self), symbol: String(decoding: texts.1, as: UTF8.self))
        let index = index(of: series)
        lastName = (texts.0, texts.1, index)
        return index
    }

    /// Adds a tick of the series with this number, if its time is wanted.
    mutating func add(_ tick: Observation, of index: Int) {
        guard filter.takes(time: tick.eventTime) else { return }
        ticks[index].add(tick)
        count &+= 1
    }

    /// The ticks of the series with this number, which the log holds no longer.
    mutating func take(_ index: Int) -> TickHistory {
        var taken = TickHistory(preset)
        swap(&taken, &ticks[index])
        return taken
    }

    mutating func countMalformed() { malformed += 1 }

    func report() { onProgress(count) }
}

extension RawSpan {
    fileprivate func equals(_ bytes: [UInt8]) -> Bool {
        guard byteCount == bytes.count else { return false }
        for i in 0..<byteCount where unsafeLoad(fromByteOffset: i, as: UInt8.self) != bytes[i] { return false }
        return true
    }
}
