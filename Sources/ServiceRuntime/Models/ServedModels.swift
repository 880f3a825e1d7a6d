internal import CryptoCore
internal import ServiceKit
internal import Synchronization
internal import System

/// The models of a folder as they are served now, kept up to date by a thread.
///
/// The folder is looked at once a second. A version that `current` names is taken up when it was read whole and its golden rows gave
/// their answers; all readers see it from one moment on. One that cannot be served leaves the one before in place, and the log, a
/// metric and the health say why. *Thread*: any.
package final class ServedModels: Sendable {
    /// What is served at one moment.
    package struct Snapshot: Sendable {
        /// Larger than that of every snapshot before.
        package let generation: Int
        /// By name.
        package let models: [ServedModel]
        /// Versions of `--shadow`, in its order, without those that could not be read yet.
        package let shadows: [ServedModel]
        /// The model that answers where none is named; nil where nobody can say. It may not be served (yet).
        package let defaultName: String?
        /// Why something that should be served is not, by name; shadows as `name:version`.
        package let problems: [String: String]

        /// The same, each with its name, in the order of the names.
        package var problemTexts: [String] { problems.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" } }

        /// The model of that name; without a name the default one. Nil where it is not served.
        package func named(_ name: String?) -> ServedModel? {
            guard let wanted = name ?? defaultName else { return nil }
            return models.first { $0.name == wanted }
        }
    }

    /// Where the models lie, and which are wanted.
    package struct Choice: Sendable {
        /// The folder of all models.
        package var folder: String
        /// The model that answers where none is named; nil: `direction`, else the only one.
        package var preferred: String?
        package var shadows: [VersionName]

        package init(folder: String, preferred: String? = nil, shadows: [VersionName] = []) {
            (self.folder, self.preferred, self.shadows) = (folder, preferred, shadows)
        }
    }

    /// From one look to the next. *Units*: milliseconds.
    private static let everyMs: Int64 = 1_000

    package let choice: Choice
    private let context: ServiceContext
    private let watch: Mutex<ModelWatch>
    private let current: Mutex<Snapshot>
    private let number = Atomic<Int>(0)
    /// Versions that somebody asked for by number.
    let asked = Mutex(VersionCache())

    /// Looks at once, and then once a second until the service is stopped.
    /// - Parameter follows: whether a thread of its own looks; else `look` does.
    package init(_ context: ServiceContext, _ choice: Choice, follows: Bool = true) {
        self.context = context
        self.choice = choice
        watch = Mutex(ModelWatch(folder: choice.folder, shadows: choice.shadows))
        current = Mutex(
            Snapshot(generation: 0, models: [], shadows: [], defaultName: choice.preferred, problems: [:]))
        look(isFirst: true)
        guard follows else { return }
        let stop = context.stop
        _ = Thread(name: "models") { [self] in
            while !stop.wait(ms: ServedModels.everyMs) { look() }
        }
    }

    /// What is served now. *Complexity*: a short lock; keep it, and look at `generation` before asking anew.
    package var snapshot: Snapshot { current.withLock { $0 } }

    /// The generation of `snapshot`. *Complexity*: an atomic load.
    package var generation: Int { number.load(ordering: .acquiring) }

    /// Looks whether something else is to be served. One caller at a time.
    package func look() { look(isFirst: false) }

    private func look(isFirst: Bool) {
        var watch = watch.withLock { $0 }
        let (folderProblem, problems) = (watch.folderProblem, watch.problems)
        let events = watch.look(nowMs: SystemClock().monotonicMs())
        self.watch.withLock { [watch] in $0 = watch }
        for event in events { tell(event) }
        if let problem = watch.folderProblem, problem != folderProblem {
            context.log.warning("cannot look for models", ["error": problem])
        }
        let isNew = !events.isEmpty || watch.folderProblem != folderProblem || watch.problems != problems
        guard isFirst || isNew else { return }
        let next = Snapshot(
            generation: generation + 1, models: watch.models, shadows: watch.shadows,
            defaultName: defaultName(among: watch.models), problems: watch.problems)
        current.withLock { $0 = next }
        number.store(next.generation, ordering: .releasing)
        show(next, watch.folderProblem)
    }

    private func defaultName(among models: [ServedModel]) -> String? {
        if let preferred = choice.preferred { return preferred }
        let usual = Preset.direction.rawValue
        if models.contains(where: { $0.name == usual }) { return usual }
        return models.count == 1 ? models.first?.name : nil
    }

    private func tell(_ event: ModelWatch.Event) {
        switch event {
        case .loaded(let model):
            let labels: Metrics.Labels = ["model": model.name]
            context.log.info(
                "took up a model", ["model": model.name, "version": model.version, "model_hash": model.fileHash])
            context.counter("model_loads", "Versions of a model that were taken up", labels).add()
        case .refused(let name, let reason):
            context.log.error("cannot serve a model; what was served before stays", ["model": name, "error": reason])
            context.counter("model_refusals", "Versions of a model that could not be taken up", ["model": name]).add()
        case .gone(let name):
            context.log.info("a model is served no more", ["model": name])
            context.gauge("model_version", "The version that is served; 0: none", ["model": name]).set(0)
        }
    }

    /// In metrics and health: no model is no fault.
    private func show(_ now: Snapshot, _ folderProblem: String?) {
        for model in now.models {
            context.gauge("model_version", "The version that is served; 0: none", ["model": model.name])
                .set(model.version)
        }
        var remarks = now.problemTexts
        if let folderProblem { remarks.append(folderProblem) }
        if now.models.isEmpty {
            remarks.append("no model is served")
        } else if let name = now.defaultName, now.named(nil) == nil {
            let names = now.models.map(\.name).joined(separator: ", ")
            remarks.append("the default model \(name) is not served; there is \(names)")
        }
        context.ready("models", remark: remarks.joined(separator: "; "))
        // A model's name has nothing that JSON would want escaped.
        let model = now.named(nil).map { "\"\($0.name):\($0.version)\"" }
        context.health.show("model", json: model ?? "null")
    }
}
