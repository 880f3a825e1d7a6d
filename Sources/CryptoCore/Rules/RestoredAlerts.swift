/// What the changelog says, before all of it is read.
struct RestoredAlerts: Sendable {
    struct State: Sendable {
        let state: RuleState
        /// Where it fires.
        let alert: Alert?
    }

    struct Chunk: Sendable {
        let chunk: RecordHistory.Chunk
        let offset: Int64
    }

    /// By fingerprint.
    var states: [Series: [UInt64: State]] = [:]
    /// By channel and number.
    var chunks: [Series: [UInt64: [UInt64: Chunk]]] = [:]

    var series: [Series] {
        Set(states.keys).union(chunks.keys).sorted { $0.description < $1.description }
    }

    mutating func delete(_ key: AlertKey) {
        switch key {
        case .state(let series, let fingerprint): states[series]?[fingerprint] = nil
        case .chunk(let series, let channel, let number): chunks[series]?[channel]?[number] = nil
        }
    }

    mutating func put(_ key: AlertKey, _ value: [UInt8], _ offset: Int64) throws(ChangelogError) {
        var reader = ChangelogReader(value)
        switch key {
        case .state(let series, let fingerprint):
            guard let version = try? reader.integer() else { throw .malformed(offset: offset) }
            guard version == RuleState.version else { throw .version(version) }
            guard let state = RestoredAlerts.state(&reader, value) else { throw .malformed(offset: offset) }
            states[series, default: [:]][fingerprint] = state
        case .chunk(let series, let channel, let number):
            guard let chunk = try? RecordHistory.Chunk(&reader) else { throw .malformed(offset: offset) }
            chunks[series, default: [:]][channel, default: [:]][number] = Chunk(chunk: chunk, offset: offset)
        }
    }

    /// What stands behind the version; nil where it is malformed.
    private static func state(_ reader: inout ChangelogReader, _ value: [UInt8]) -> State? {
        guard let state = try? RuleState(&reader) else { return nil }
        if state.phase != .firing { return reader.remaining == 0 ? State(state: state, alert: nil) : nil }
        let json = Array(value.suffix(reader.remaining))
        return (try? Alert(decoding: json.span.bytes)).map { State(state: state, alert: $0) }
    }
}
