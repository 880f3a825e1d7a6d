internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// Reads, learns and writes once, and shows how far it is. *Thread*: one; blocks.
struct TrainingRun {
    private let context: ServiceContext
    private let configuration: TrainerConfiguration
    private let progress: TrainingProgress
    private let clock = SystemClock()
    /// How long work may take to end after a stop request. What does not is left behind: until a version is written, nothing is half done.
    private static let graceMs: Int64 = 3_000

    init(_ context: ServiceContext, _ configuration: TrainerConfiguration, _ progress: TrainingProgress) {
        self.context = context
        self.configuration = configuration
        self.progress = progress
    }

    /// What was read, and how long that took.
    struct Read: Sendable {
        let input: TrainingInput.Read
        let seconds: Double
    }

    /// The version that is served; nil where there is none, or where it cannot be read: a new one takes its place.
    /// - Parameter onDamage: told why it cannot be read.
    /// - Throws: `ModelFolderError` where it is of another preset.
    func champion(onDamage: (ModelFolderError) -> Void = { _ in }) throws -> Champion? {
        let folder = configuration.folder
        let champion: Champion?
        do throws(ModelFolderError) { champion = try folder.served() } catch {
            context.log.warning("the version that is served cannot be read", ["error": "\(error)"])
            onDamage(error)
            return nil
        }
        try champion.map { try folder.check($0, is: configuration.preset) }
        return champion
    }

    /// - Throws: `InputError`.
    func read() throws -> Read {
        let startMs = clock.monotonicMs()
        let input = TrainingInput(context: context, configuration: configuration, progress: progress)
        let nowMs = clock.wallMs()
        let read = try onThread("input") { () throws(InputError) in try input.read(nowMs: nowMs) }
        if read.malformed > 0 {
            context.log.warning("passed over records that are no ticks", ["records": read.malformed])
        }
        return Read(input: read, seconds: Double(clock.monotonicMs() - startMs) / 1000)
    }

    /// Reads a forest that was grown elsewhere.
    /// - Throws: `TrainingError`.
    func forest(_ path: String) throws -> ImportedForest {
        progress.begin(.importing)
        let preset = configuration.preset
        return try onThread("import") { () throws(TrainingError) in try ONNXFile(path: path).forest(preset) }
    }

    /// Waits for what may block for long on a thread of its own. After a stop request it has the grace to end.
    /// - Throws: what `work` does; `TrainingError.stopped`.
    private func onThread<Value: Sendable, Failure: Error>(
        _ name: String, _ work: @escaping @Sendable () throws(Failure) -> Value
    ) throws -> Value {
        let outcome = Monitor<Result<Value, Failure>?>(nil)
        let thread = Thread(name: name) {
            let result = Result { () throws(Failure) in try work() }
            outcome.change { $0 = result }
        }
        var line = ProgressLine(log: context.log)
        defer { line.finish() }
        while case .running = thread.join(ms: 20) {
            if (context.stop.ageMs ?? 0) > TrainingRun.graceMs { throw TrainingError.stopped }
            show(&line)
        }
        guard !context.stop.isRequested, let result = outcome.withLock({ $0 }) else { throw TrainingError.stopped }
        return try result.get()
    }

    /// - Throws: `TrainingError`.
    func train(_ rows: RowTable, ticks: Int) throws -> Training.Trained {
        try waiting { training async throws(TrainingError) in try await training.train(rows, ticks: ticks) }
    }

    /// - Throws: `TrainingError`.
    func challenge(_ champion: Champion, _ rows: RowTable) throws -> Training.Trained {
        try waiting { training async throws(TrainingError) in try await training.challenge(champion, rows) }
    }

    /// Judges a forest that was grown elsewhere, as far as there are rows to judge it by.
    /// - Throws: `TrainingError`.
    func describe(_ imported: ImportedForest, _ read: Read?) throws -> Training.Trained {
        try waiting { training async throws(TrainingError) in
            try await training.describe(imported, rows: read?.input.rows, ticks: read?.input.ticks ?? 0)
        }
    }

    /// Writes the next version, and the file that is exported of it.
    /// - Throws: `ModelFolderError`.
    func write(
        _ trained: Training.Trained, _ read: Read?, _ serving: ModelFolder.Serving = .always,
        challenge: Challenge? = nil, export: ExportFile? = nil
    ) throws -> Card {
        let writing = ModelWriting(configuration: configuration, readSeconds: read?.seconds ?? 0, nowMs: clock.wallMs())
        let card = try writing.write(trained, serving, challenge: challenge, export: export)
        let path = "\(configuration.folder.path)/\(card.version)"
        context.log.info("wrote a model", ["path": path, "served": card.isServed])
        return card
    }

    private func waiting(
        for work: @escaping @Sendable (Training) async throws(TrainingError) -> Training.Trained
    ) throws -> Training.Trained {
        let training = Training(configuration, stop: context.stop, progress: progress)
        let outcome = Monitor<Result<Training.Trained, TrainingError>?>(nil)
        let task = Task {
            do throws(TrainingError) {
                let trained = try await work(training)
                outcome.change { $0 = .success(trained) }
            } catch { outcome.change { $0 = .failure(error) } }
        }
        var line = ProgressLine(log: context.log)
        defer { line.finish() }
        while true {
            if let result = outcome.wait(ms: 100, until: { $0 }) { return try result.get() }
            show(&line)
            guard context.stop.isRequested else { continue }
            task.cancel()
            guard let result = outcome.wait(ms: TrainingRun.graceMs, until: { $0 }) else { throw TrainingError.stopped }
            return try result.get()
        }
    }

    private func show(_ line: inout ProgressLine) {
        let now = progress.now
        line.update(text: now.text, fields: now.fields)
    }
}
