internal import CryptoCore
internal import ServiceKit
package import ServiceRuntime
internal import System

/// The trainer: ticks in, a version of a model and its card out.
///
/// *Thread*: one calls `run`.
package struct TrainerService: Sendable {
    private let context: ServiceContext
    private let configuration: TrainerConfiguration

    package init(_ context: ServiceContext, _ configuration: TrainerConfiguration) {
        self.context = context
        self.configuration = configuration
    }

    /// Trains once, or until stop is requested.
    /// - Throws: why there is no model; `TrainingError`, `InputError`, `ModelFolderError`. A stop request is no error.
    package func run() throws {
        if let everyMs = configuration.watchMs {
            return Watch(context, configuration, everyMs: everyMs).run()
        }
        do { try configuration.importing.map(importOnce) ?? trainOnce() } catch {
            guard context.stop.isRequested else { throw error }
            context.log.info("stopped; no model was written")
        }
    }

    private func trainOnce() throws {
        let run = TrainingRun(context, configuration, TrainingProgress())
        _ = try run.champion()
        // Where no file can be written is known before hours of learning.
        let export = try configuration.export.map { export in try ExportFile(export) }
        let read = try run.read()
        try export?.publish(read.input.rows)
        let trained = try run.train(read.input.rows, ticks: read.input.ticks)
        let card = try run.write(trained, read, export: export)
        print(card.text)
    }

    /// Makes a version of a forest that was grown elsewhere.
    private func importOnce(_ path: String) throws {
        let run = TrainingRun(context, configuration, TrainingProgress())
        _ = try run.champion()
        let imported = try run.forest(path)
        let read = try configuration.input.map { _ in try run.read() }
        print(try run.write(try run.describe(imported, read), read).text)
    }
}
