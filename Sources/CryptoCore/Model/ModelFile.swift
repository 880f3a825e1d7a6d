/// A model as the bytes of its file.
///
/// Eight bytes that say what it is, the version of the format (32 bits), a checksum of all that comes behind it (CRC-32), its length
/// (64 bits), and the model: names, times, numbers of the card, then the trees, 16 bytes a node. All little-endian. The same model is
/// always the same bytes. It is read from one span, so that the file can be mapped into memory.
package enum ModelFile {
    static let magic = Array("CSFOREST".utf8)
    static let version: UInt32 = 1
    /// Where the model begins.
    static let headerBytes = 24

    /// The model's file.
    package static func encode(_ model: Model) -> [UInt8] {
        var body = ModelWriter()
        write(model, to: &body)
        var file = ModelWriter()
        file.bytes = magic
        file.put(version)
        file.put(body.bytes.withUnsafeBytes { Checksum.of($0) })
        file.put(UInt64(body.bytes.count))
        return file.bytes + body.bytes
    }

    /// Reads a model's file.
    ///
    /// The rows that lie in it (`Model.golden`) are computed anew: a model that says something else than when it was written is damaged, and so
    /// is one whose numbers cannot be counted with.
    /// *Throws*: `.notAModel`, `.version`, `.damaged`. No bytes crash it.
    package static func decode(_ bytes: RawSpan) throws(ModelError) -> Model {
        try bytes.withUnsafeBytes { all throws(ModelError) in
            guard all.count >= magic.count, all.prefix(magic.count).elementsEqual(magic) else { throw .notAModel }
            var header = ModelReader(UnsafeRawBufferPointer(rebasing: all[magic.count...]))
            let version = try header.integer(UInt32.self)
            guard version == ModelFile.version else { throw .version(Int(version)) }
            let checksum = try header.integer(UInt32.self), length = try header.integer(UInt64.self)
            let body = UnsafeRawBufferPointer(rebasing: all[headerBytes...])
            guard length == UInt64(body.count) else {
                throw .damaged("it has \(body.count) bytes of a model that says it has \(length)")
            }
            guard Checksum.of(body) == checksum else { throw .damaged("its checksum is wrong") }
            var reader = ModelReader(body)
            let model = try read(&reader)
            guard reader.remaining == 0 else { throw .damaged("something lies behind the model") }
            for row in model.golden {
                guard row.features.count == model.featureNames.count,
                    model.forest.probability(row.features.span) == row.probability
                else { throw .damaged("it says something else of a row than when it was written") }
            }
            if let fault = model.fault { throw .damaged(fault) }
            return model
        }
    }

    private static func write(_ model: Model, to file: inout ModelWriter) {
        file.put(model.name)
        file.put(Int64(model.version))
        file.put(model.preset)
        file.put(model.featureNames) { $0.put($1) }
        file.put(model.featureHash)
        for time in [model.trainedFrom, model.trainedUntil] { file.put(time ?? .min) }
        file.put(model.series) { $0.put($1) }
        file.put(model.rules) { file, rule in
            file.put(rule.name)
            for share in rule.shares { file.put(share) }
        }
        file.put(bytes: model.metrics)
        file.put(model.golden) { file, row in
            file.put(row.features)
            file.put(row.probability)
        }
        file.put(model.spreads) { file, spread in
            file.put(spread.mean)
            file.put(spread.standardDeviation)
            file.put(spread.edges)
            file.put(spread.shares)
        }
        file.put(model.forest.settings)
        file.put(model.forest.trees) { $0.put($1) }
    }

    private static func read(_ file: inout ModelReader) throws(ModelError) -> Model {
        let name = try file.text(), version = try file.integer(Int64.self), preset = try file.text()
        let features = try file.list(ofSize: 8) { file throws(ModelError) in try file.text() }
        guard !features.isEmpty else { throw .damaged("it has no features") }
        guard features.count <= Forest.mostFeatures else { throw .damaged("it has too many features") }
        guard try file.integer(UInt64.self) == Model.hash(of: features) else {
            throw .damaged("its features are not those of its hash")
        }
        let from = try file.integer(Int64.self), until = try file.integer(Int64.self)
        let series = try file.list(ofSize: 8) { file throws(ModelError) in try file.text() }
        let rules = try file.list(ofSize: 32) { file throws(ModelError) in
            FittedRule(name: try file.text(), shares: [try file.double(), try file.double(), try file.double()])
        }
        let metrics = try file.byteList()
        let golden = try file.list(ofSize: 16) { file throws(ModelError) in
            GoldenRow(features: try file.floats(), probability: try file.double())
        }
        let spreads = try file.list(ofSize: 32) { file throws(ModelError) in
            FeatureSpread(
                mean: try file.double(), standardDeviation: try file.double(), edges: try file.doubles(),
                shares: try file.doubles())
        }
        let settings = try file.settings()
        let trees = try file.list(ofSize: 32) { file throws(ModelError) in try file.tree(features: features.count) }
        guard !trees.isEmpty else { throw .damaged("it has no tree") }
        var model = Model(
            forest: Forest(trees: trees, featureCount: features.count, settings: settings), name: name,
            version: Int(version), preset: preset, featureNames: features)
        model.trainedFrom = from == .min ? nil : from
        model.trainedUntil = until == .min ? nil : until
        model.series = series
        model.rules = rules
        model.metrics = metrics
        model.golden = golden
        model.spreads = spreads
        return model
    }
}
