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

    /// By number.
    private(set) var subjects: [Int: RuleSubject] = [:]
    /// By subject and fingerprint.
    private(set) var states: [Int: [UInt64: State]] = [:]
    /// By subject, channel and number.
    private(set) var chunks: [Int: [UInt64: [UInt64: Chunk]]] = [:]
    /// By channel and block.
    private(set) var times: [UInt64: [Int: [Int64]]] = [:]

    mutating func delete(_ key: AlertKey) {
        switch key {
        case .subject(let number): subjects[number] = nil
        case .state(let subject, let fingerprint): states[subject]?[fingerprint] = nil
        case .chunk(let subject, let channel, let number): chunks[subject]?[channel]?[number] = nil
        case .times(let channel, let block): times[channel]?[block] = nil
        }
    }

    mutating func put(_ key: AlertKey, _ value: [UInt8], _ offset: Int64) throws(ChangelogError) {
        var reader = ChangelogReader(value)
        switch key {
        case .subject(let number):
            try RestoredAlerts.check(RuleSubject.version, &reader, offset)
            guard let subject = try? RuleSubject(&reader) else { throw .malformed(offset: offset) }
            subjects[number] = subject
        case .state(let subject, let fingerprint):
            try RestoredAlerts.check(RuleState.version, &reader, offset)
            guard let state = RestoredAlerts.state(&reader, value) else { throw .malformed(offset: offset) }
            states[subject, default: [:]][fingerprint] = state
        case .chunk(let subject, let channel, let number):
            guard let chunk = try? RecordHistory.Chunk(&reader) else { throw .malformed(offset: offset) }
            chunks[subject, default: [:]][channel, default: [:]][number] = Chunk(chunk: chunk, offset: offset)
        case .times(let channel, let block):
            guard let read = try? NewestTimes.block(&reader) else { throw .malformed(offset: offset) }
            times[channel, default: [:]][block] = read
        }
    }

    private static func check(
        _ version: Int64, _ reader: inout ChangelogReader, _ offset: Int64
    ) throws(ChangelogError) {
        guard let written = try? reader.integer() else { throw .malformed(offset: offset) }
        guard written == version else { throw .version(written) }
    }

    /// What stands behind the version; nil where it is malformed.
    private static func state(_ reader: inout ChangelogReader, _ value: [UInt8]) -> State? {
        guard let state = try? RuleState(&reader) else { return nil }
        if state.phase != .firing { return reader.remaining == 0 ? State(state: state, alert: nil) : nil }
        let json = Array(value.suffix(reader.remaining))
        return (try? Alert(decoding: json.span.bytes)).map { State(state: state, alert: $0) }
    }
}
