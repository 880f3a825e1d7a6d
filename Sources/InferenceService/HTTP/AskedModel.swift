internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import Synchronization
internal import System

/// A served model as requests ask it: its features by their bytes.
final class AskedModel: Sendable {
    let served: ServedModel
    let features: [Feature]
    /// Rows predicted over HTTP.
    let predictions: Counter

    /// A column of the model.
    struct Feature: Sendable {
        let name: String
        let bytes: [UInt8]
        /// Whether it is a yes or a no: `true`, `false`, 0 and 1 are taken, and nothing else.
        let isFlag: Bool

        /// Whether a key of a JSON object is its name.
        func isNamed(_ key: JSONText, in json: RawSpan) -> Bool {
            // An escape is at most six bytes for one: a longer key is no text worth making.
            if key.isEscaped { return key.count <= 6 * bytes.count && key.string(in: json) == name }
            guard key.count == bytes.count else { return false }
            for i in bytes.indices where json.byte(key.offset + i) != bytes[i] { return false }
            return true
        }
    }

    init(_ served: ServedModel, _ metrics: RequestMetrics) {
        self.served = served
        predictions = metrics.predictions(of: served.name)
        features = served.model.featureNames.map { name in
            Feature(name: name, bytes: Array(name.utf8), isFlag: name == AskedModel.flag)
        }
    }

    /// The feature of `direction` that is a yes or a no.
    private static let flag = "is_buy"

    var featureList: String { features.map(\.name).joined(separator: ", ") }
    var forest: Forest { served.model.forest }
}

/// The models of `ServedModels` as requests ask them, made anew when others are served. *Thread*: any.
final class AskedModels: Sendable {
    /// What is asked at one moment.
    struct Table: Sendable {
        let snapshot: ServedModels.Snapshot
        let models: [AskedModel]
        /// The model that answers where none is named.
        let standard: AskedModel?

        init(_ snapshot: ServedModels.Snapshot, _ metrics: RequestMetrics) {
            self.snapshot = snapshot
            models = snapshot.models.map { AskedModel($0, metrics) }
            let name = snapshot.defaultName
            standard = models.first { $0.served.name == name }
        }

        func named(_ name: String) -> AskedModel? { models.first { $0.served.name == name } }

        /// Names that should be served and never could be, each with what is wrong; shadows are none.
        var unserved: [(name: String, problem: String)] {
            snapshot.problems.filter { ModelName.problem(in: $0.key) == nil && named($0.key) == nil }
                .sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
        }

        /// What is wrong with what should be served; nil where nothing is.
        var problem: String? {
            let all = snapshot.problemTexts
            return all.isEmpty ? nil : all.joined(separator: "; ")
        }

        /// The names for people.
        var names: String { models.map(\.served.name).joined(separator: ", ") }
    }

    let served: ServedModels
    let metrics: RequestMetrics
    private let table: Mutex<Table>

    init(_ served: ServedModels, _ metrics: RequestMetrics) {
        self.served = served
        self.metrics = metrics
        table = Mutex(Table(served.snapshot, metrics))
    }

    /// What is asked now. *Complexity*: an atomic load and a short lock.
    var now: Table {
        let generation = served.generation
        let known = table.withLock { $0 }
        if known.snapshot.generation == generation { return known }
        let fresh = Table(served.snapshot, metrics)
        table.withLock { $0 = fresh }
        return fresh
    }

    /// A version of a model, served or not. Blocks.
    /// - Throws: it is not there, or cannot be served.
    func version(_ wanted: VersionName) throws(Refusal) -> AskedModel {
        if let current = now.named(wanted.name), current.served.version == wanted.version { return current }
        do throws(ModelFolderError) {
            if let found = try served.version(wanted) { return AskedModel(found, metrics) }
        } catch { throw .noModel("\(wanted) cannot be served: \(error)") }
        throw .unknownModel("there is no version \(wanted.version) of a model \(wanted.name)")
    }

    /// The versions of a model that may be asked for. Blocks.
    /// - Throws: its folder cannot be read.
    func versions(of name: String) throws(Refusal) -> [Int] {
        do throws(ModelFolderError) { return try served.versions(of: name) } catch { throw .noModel("\(error)") }
    }

    /// The model that a request names, or the default one.
    /// - Throws: there is none of that name, nobody can say which is meant, or none is served yet.
    func find(_ name: String?) throws(Refusal) -> AskedModel {
        let now = now
        if let name {
            if let found = now.named(name) { return found }
            if let problem = now.snapshot.problems[name] { throw .noModel(problem) }
            guard now.models.isEmpty else {
                throw .unknownModel("there is no model \(Refusal.shown(name)); there is \(now.names)")
            }
        }
        if let standard = now.standard, name == nil { return standard }
        if now.models.count > 1, served.choice.preferred == nil {
            throw .ambiguous("several models are served: name one by ?model=: \(now.names)")
        }
        throw .noModel(howToTrain(now))
    }

    private func howToTrain(_ now: Table) -> String {
        if let name = now.snapshot.defaultName, let problem = now.snapshot.problems[name] { return problem }
        if now.models.isEmpty, let problem = now.problem { return "no model is served: \(problem)" }
        return
            "no model\(served.choice.preferred.map { " \($0)" } ?? "") is served yet; this trains one: \(trainCommand)"
    }

    /// What trains the model that is missing.
    var trainCommand: String {
        let name = served.choice.preferred ?? Preset.direction.rawValue
        let preset = Preset(rawValue: name)
        return "trainer --preset \(preset ?? .direction) --from sqlite:crypto.db --models \(served.choice.folder)"
            + (preset == nil ? " --name \(name)" : "")
    }
}
