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
        /// Why it does not predict with all models that it should; empty where it does.
        var remark = ""
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

    /// Why the stream does not predict with all models that it should; empty where it does.
    var remark: String { state.withLock { look(&$0).remark } }

    private func look(_ state: inout State) -> State {
        let generation = served.generation
        guard generation != state.generation else { return state }
        let now = served.snapshot
        state.generation = now.generation
        let wanted = names.isEmpty ? [now.defaultName].compactMap(\.self) : names
        let found = wanted.compactMap { name in now.models.first { $0.name == name && $0.preset != nil } }
        state.remark = remark(of: wanted.filter { name in !found.contains { $0.name == name } }, now)
        let list =
            found.compactMap { model($0, .init(isDefault: $0.name == now.defaultName, maxAgeMs: maxAgeMs)) }
            + now.shadows.compactMap { model($0, .init(isShadow: true, maxAgeMs: maxAgeMs)) }
        // Another model of the folder that changed changes nothing here.
        if !PredictionModels(list).isSame(as: state.models) {
            state.models = PredictionModels(generation: now.generation, list)
        }
        return state
    }

    private func remark(of missing: [String], _ now: ServedModels.Snapshot) -> String {
        if names.isEmpty, now.defaultName == nil {
            return now.models.isEmpty
                ? "waits for a model"
                : "predicts nothing: several models are served, name one by --default or --stream"
        }
        return missing.isEmpty ? "" : "waits for a model that can predict ticks: \(missing.joined(separator: ", "))"
    }

    private func model(_ served: ServedModel, _ use: PredictionModel.Use) -> PredictionModel? {
        served.preset.map {
            PredictionModel(
                served.model, $0, named: served.name, version: served.version, hash: served.fileHash, use: use)
        }
    }
}
