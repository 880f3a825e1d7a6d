internal import CryptoCore
internal import ServiceRuntime
internal import Synchronization

/// The models that the stream predicts with, of those that are served: the default one or those of `--stream`, and shadows.
/// *Thread*: any.
final class StreamModels: Sendable {
    private struct State {
        /// Of `ServedModels`, when they were looked at last.
        var generation = -1
        var models = PredictionModels([])
        /// Names of `--stream` that are not served, or not of a preset of ours.
        var missing: [String] = []
    }

    private let served: ServedModels
    private let names: [String]
    private let maxAgeMs: Int64?
    private let state = Mutex(State())

    init(_ served: ServedModels, _ configuration: InferenceConfiguration) {
        self.served = served
        names = configuration.streamNames
        maxAgeMs = configuration.maxAgeMs
    }

    /// What to predict with now. *Complexity*: an atomic load and a short lock where nothing changed.
    var current: PredictionModels { state.withLock { look(&$0).models } }

    /// Names of models that cannot predict now, though the stream should.
    var missing: [String] { state.withLock { look(&$0).missing } }

    private func look(_ state: inout State) -> State {
        let generation = served.generation
        guard generation != state.generation else { return state }
        let now = served.snapshot
        state.generation = now.generation
        let wanted = names.isEmpty ? [now.defaultName].compactMap(\.self) : names
        let found = wanted.compactMap { name in now.models.first { $0.name == name && $0.preset != nil } }
        state.missing = wanted.filter { name in !found.contains { $0.name == name } }
        let list =
            found.compactMap { model($0, .init(isDefault: $0.name == now.defaultName, maxAgeMs: maxAgeMs)) }
            + now.shadows.compactMap { model($0, .init(isShadow: true, maxAgeMs: maxAgeMs)) }
        // Another model of the folder that changed changes nothing here.
        if !PredictionModels(list).isSame(as: state.models) {
            state.models = PredictionModels(generation: now.generation, list)
        }
        return state
    }

    private func model(_ served: ServedModel, _ use: PredictionModel.Use) -> PredictionModel? {
        served.preset.map {
            PredictionModel(
                served.model, $0, named: served.name, version: served.version, hash: served.fileHash, use: use)
        }
    }
}
