internal import CryptoCore
internal import ServiceRuntime
internal import System

/// Makes the files of a version of what was learned, and writes them.
struct ModelWriting {
    /// Rows whose probabilities the file carries, for whoever reads it to check.
    private static let goldenRows = 16

    let configuration: TrainerConfiguration
    let readSeconds: Double
    /// *Units*: ms since the epoch.
    let nowMs: Int64

    /// Writes the next version, and what is exported of it; its card.
    /// - Parameter export: is written before the version gets its name, and renamed after it: where that fails alone, the version stands.
    /// - Throws: `ModelFolderError`, also where the served version is of another preset.
    func write(
        _ trained: Training.Trained, _ serving: ModelFolder.Serving = .always, challenge: Challenge? = nil,
        export: ExportFile? = nil
    ) throws(ModelFolderError) -> Card {
        let spreads = trained.rows?.columns.map(FeatureSpread.init(of:)) ?? []
        var written: Card?
        let folder = configuration.folder
        _ = try folder.add(serving) { place throws(ModelFolderError) in
            // Nobody writes now: another one may have been the first while this one learned.
            if let served = try? folder.served() { try folder.check(served, is: configuration.preset) }
            var card = card(trained, place.version, spreads, challenge)
            card.isServed = place.isServed
            card.challenge?.isOvertaken = challenge?.isPromoted == true && !place.isServed
            let json = card.json
            written = card
            let model = model(trained, place.version, spreads, json)
            try export?.write(model)
            return [
                ModelFolder.File(ModelFolder.modelFile, ModelFile.encode(model)),
                ModelFolder.File(ModelFolder.cardFile, json), ModelFolder.File("card.html", CardPage(card).bytes),
            ]
        }
        try export?.publish()
        guard let written else { preconditionFailure("a version was written without a card") }
        return written
    }

    private func card(
        _ trained: Training.Trained, _ version: Int, _ spreads: [FeatureSpread], _ challenge: Challenge?
    ) -> Card {
        let preset = configuration.preset
        let gains = trained.imported == nil ? trained.forest.gainImportance : nil
        let features = preset.features.enumerated().map { i, feature in
            Card.Feature(
                name: feature.name, meaning: feature.meaning, gain: gains?[i],
                permutation: trained.importance?.falls[i], spread: spreads.isEmpty ? nil : spreads[i],
                hasOwnBins: trained.codes.isEmpty ? nil : trained.codes[i].isFew)
        }
        return Card(
            name: configuration.name, version: version, preset: preset, createdMs: nowMs,
            training: trained.rows.map { rows in
                Card.Training(
                    count: rows.count, upShare: rows.upShare, fromMs: rows.times.first, untilMs: rows.times.last,
                    series: rows.series)
            },
            forest: Card.Forest(
                trees: trained.forest.treeCount, leaves: trained.forest.leafCount, readSeconds: readSeconds,
                judgeSeconds: trained.judgeSeconds, origin: origin(trained)),
            features: features, importance: trained.importance, rules: trained.rows?.fittedRules ?? [],
            judgement: trained.judgement, challenge: challenge)
    }

    private func origin(_ trained: Training.Trained) -> Card.Origin {
        if let imported = trained.imported { return .imported(imported) }
        return .grown(
            Card.Grown(
                settings: configuration.settings, threads: configuration.threads, seconds: trained.growSeconds,
                outOfBagAccuracy: trained.outOfBagAccuracy?.isFinite == true ? trained.outOfBagAccuracy : nil))
    }

    private func model(
        _ trained: Training.Trained, _ version: Int, _ spreads: [FeatureSpread], _ json: [UInt8]
    ) -> Model {
        let preset = configuration.preset
        var model = Model(
            forest: trained.forest, name: configuration.name, version: version, preset: preset.rawValue,
            featureNames: preset.features.map(\.name))
        model.metrics = json
        guard let rows = trained.rows else {
            model.golden = trained.forest.goldenRows(ModelWriting.goldenRows)
            return model
        }
        model.trainedFrom = rows.times.first
        model.trainedUntil = rows.times.last
        model.series = rows.series
        model.rules = rows.fittedRules
        model.spreads = spreads
        let count = min(ModelWriting.goldenRows, rows.count)
        model.golden = (0..<count).map { number in
            let features = rows.columns.map { $0[number * rows.count / count] }
            return GoldenRow(features: features, probability: trained.forest.probability(features.span))
        }
        return model
    }
}

extension ModelFolder {
    /// The version that is served; nil where none is.
    /// - Throws: where it cannot be read.
    func served() throws(ModelFolderError) -> Champion? {
        guard let version = try current() else { return nil }
        return Champion(version: version, model: try load(version))
    }

    /// Refuses a model of another preset: the versions of a name get one kind of rows from whoever serves them.
    func check(_ champion: Champion, is preset: Preset) throws(ModelFolderError) {
        if champion.model.preset == preset.rawValue { return }
        throw ModelFolderError(
            path(of: ModelFolder.modelFile, version: champion.version),
            "it is a model of the preset \(champion.model.preset), not \(preset)",
            mend: "give this one a name of its own by --name")
    }

    /// Refuses a version that this program cannot serve.
    func check(_ version: Int) throws(ModelFolderError) {
        try checkIsThere(version)
        _ = try load(version)
    }

    /// Says what became of a model that is not there.
    func checkIsThere(_ version: Int) throws(ModelFolderError) {
        let file = path(of: ModelFolder.modelFile, version: version)
        if has(ModelFolder.cardFile, version: version), !has(ModelFolder.modelFile, version: version) {
            throw ModelFolderError(
                file, "it is not there: --watch gave it up, as it lost against the version that was served",
                mend: "choose another version, or train one")
        }
    }
}
