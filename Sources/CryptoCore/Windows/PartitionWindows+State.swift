extension PartitionWindows {
    /// The version of the changelog's format: 2 has indicators. A state of version 1 is read, and its indicators begin anew.
    static let stateVersion: Int64 = 2

    /// Writes what changed since the last call, and where the partition stands. *Complexity*: O(what changed).
    public mutating func takeChanges(into batch: inout ChangelogBatch) {
        guard positionChanged || !attention.changed.isEmpty else { return }
        forEachChanged { $0.takeChanges(into: &batch) }
        positionChanged = false
        let offset = nextOffset ?? 0
        batch.put(StateKey.position) {
            $0.put(PartitionWindows.stateVersion)
            $0.put(configuration.slide)
            $0.put(offset)
            hole.encode(into: &$0)
        }
    }

    /// Whether something changed beside where the partition stands since the state was taken.
    public var hasChanges: Bool { !attention.changed.isEmpty }

    /// Lets the next `takeChanges` write where the partition stands, though nothing changed: its writer did.
    public mutating func claim() { positionChanged = nextOffset != nil }

    /// Writes remembered ids that fill a chunk, ahead of `takeChanges`, so that the state of a large transaction is on its way
    /// before the transaction's end. Call it often. *Complexity*: O(1), and O(series that changed) every `capacity` ticks.
    public mutating func takeFullChunks(into batch: inout ChangelogBatch) {
        takeFullChunks(of: TradeIDJournal.chunkCapacity, into: &batch)
    }

    mutating func takeFullChunks(of capacity: Int, into batch: inout ChangelogBatch) {
        guard counts.counted &- countedAtChunks >= UInt64(capacity) else { return }
        countedAtChunks = counts.counted
        for i in attention.changed { series[Int(i)].writeIDs(capacity, onlyFull: true, into: &batch) }
    }

    /// Takes one record of the changelog, in the order of their offsets. Call `finishRestoring` behind the last.
    public mutating func restore(key: RawSpan?, value: RawSpan?, offset: Int64) throws(ChangelogError) {
        guard let key, let name = StateKey(decoding: key.withUnsafeBytes { Array($0) }) else {
            throw .malformed(offset: offset)
        }
        guard let value else { return delete(name) }
        var reader = ChangelogReader(value.withUnsafeBytes { Array($0) })
        do {
            switch name {
            case .position: try restorePosition(&reader)
            case .head(let name): try series[restoredSeries(name)].restoreHead(&reader)
            case .slice(let name, let start): try series[restoredSeries(name)].restoreSlice(start, &reader)
            case .ids(let name, let number): try series[restoredSeries(name)].restoreChunk(number, &reader)
            case .indicators(let name): try series[restoredSeries(name)].indicators.restoreHead(&reader)
            case .bar(let name, let place): try series[restoredSeries(name)].indicators.restoreBar(place, &reader)
            }
        } catch let error as ChangelogError {
            throw error
        } catch {
            throw .malformed(offset: offset)
        }
    }

    /// Puts what was restored in order.
    /// - Parameter now: the clock; nil where nobody is going to add anything.
    public mutating func finishRestoring(now: Int64? = nil) {
        for i in series.indices {
            series[i].finishRestoring()
            if let now { series[i].boundReadTimes(now: now, configuration) }
        }
        positionChanged = false
    }

    private mutating func restorePosition(_ reader: inout ChangelogReader) throws {
        let version = try reader.integer()
        guard (1...PartitionWindows.stateVersion).contains(version) else { throw ChangelogError.version(version) }
        let slide = try reader.integer()
        guard slide == configuration.slide else { throw ChangelogError.setting(flag: "slide", value: "\(slide)ms") }
        nextOffset = try reader.integer()
        hole = try Hole(&reader)
    }

    private mutating func restoredSeries(_ name: Series) -> Int {
        let key = Array(name.description.utf8)
        return table.index(of: key.span.bytes) ?? addSeries(name, key.span.bytes)
    }

    private mutating func delete(_ key: StateKey) {
        switch key {
        case .position, .head, .indicators, .bar: break
        case .slice(let name, let start): series[restoredSeries(name)].dropRestoredSlice(start)
        case .ids(let name, let number): series[restoredSeries(name)].dropRestoredChunk(number)
        }
    }
}

extension Hole {
    /// Nothing where there is none, so that the record is as it always was.
    fileprivate func encode(into writer: inout ChangelogWriter) {
        switch self {
        case .none: break
        case .met: writer.put(SeriesWindows.never)
        case .until(let time): writer.put(time)
        }
    }

    fileprivate init(_ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        self = .none
        guard reader.remaining > 0 else { return }
        let time = try reader.timeOrNever()
        self = time == SeriesWindows.never ? .met : .until(time)
    }
}
