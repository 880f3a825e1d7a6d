internal import CryptoCore
internal import ServiceRuntime
internal import System

/// Reads what `--from` names, and makes the preset's rows of it.
struct TrainingInput: Sendable {
    let context: ServiceContext
    let configuration: TrainerConfiguration
    let progress: TrainingProgress

    /// What was read.
    struct Read: Sendable {
        var rows: RowTable
        var ticks = 0
        /// Records of Kafka that are no ticks.
        var malformed = 0
    }

    /// All rows of the wanted series, by time.
    /// - Throws: `InputError`.
    func read(nowMs: Int64) throws(InputError) -> Read {
        progress.begin(.reading)
        var log = TickLog(configuration.filter(nowMs: nowMs), configuration.preset)
        guard log.filter.from < log.filter.to else { throw .noTime(from: log.filter.from, to: log.filter.to) }
        let progress = progress
        log.onProgress = { progress.note(ticks: $0) }
        switch configuration.input {
        case nil: preconditionFailure("there is nothing to be read")
        case .store(let location): try StoreInput(context: context, location: location).read(into: &log)
        case .kafka: try KafkaInput(context: context).read(into: &log)
        case .csv(let path):
            if case .rows(let rows) = try CSVInput(path: path, stop: context.stop).read(
                configuration.preset, into: &log)
            {
                return Read(rows: rows)
            }
        }
        if log.series.isEmpty { throw .noSeries(globs: log.filter.globs, known: log.known.map(\.description)) }
        let order = log.series.indices.sorted { log.series[$0].description < log.series[$1].description }
        // One series after the other, so that ticks and rows of all do not lie in memory at the same time.
        var tables: [RowTable] = []
        progress.begin(.arranging)
        for number in order {
            if context.stop.isRequested { throw .stopped }
            tables.append(log.take(number).rows(series: log.series[number].description))
            progress.note(share: Double(tables.count) / Double(order.count))
        }
        return Read(rows: RowTable.merging(tables), ticks: log.count, malformed: log.malformed)
    }
}
