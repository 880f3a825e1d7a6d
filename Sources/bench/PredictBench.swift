import CryptoCore
import Glibc
import ServiceKit
import System

/// `bench predict`: how fast a forest answers on one thread, many rows and one, beside others with the same forest, in turn.
///
/// The forest is scikit-learn's, read from its ONNX file, where there is a Python; else one of ours.
struct PredictBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "predict", summary: "Measures a forest's answers on one thread, beside scikit-learn and tl2cgen.",
            flags: [
                ModelBench.rounds, ModelBench.trades, ModelBench.train, ModelBench.data, ModelBench.python, scorer,
            ],
            examples: ["bench predict", "bench predict --python .build/venv-model/bin/python"]),
        run: { settings in try PredictBench(settings: settings).run() })
    private static let scorer = Flag.text(
        "scorer", value: "PROGRAM",
        help: "another program, run as PROGRAM score forest.flat ROWS.csv, that prints rows/s")

    let settings: Settings

    func run() throws {
        try TemporaryFolder.with { folder in
            let rows = try ModelRows(
                data: settings[ModelBench.data], count: settings[ModelBench.trades],
                trainCount: settings[ModelBench.train], folder: folder)
            let forest = try forest(rows, folder)
            print(
                "predict: \(forest.treeCount) trees, \(forest.leafCount) leaves, \(forest.featureCount) columns, one thread"
            )
            let python = settings[ModelBench.python]
            var runs: [(name: String, rates: [Double])] = [("ours", [])]
            if python != nil { runs += [("tl2cgen", []), ("scikit-learn", [])] }
            if python != nil, settings[PredictBench.scorer] != nil { runs.append(("scorer", [])) }
            var singles: [Double] = []
            for _ in 0..<settings[ModelBench.rounds] {
                for index in runs.indices {
                    runs[index].rates.append(try rate(of: runs[index].name, forest, rows, folder))
                }
                singles.append(singleNs(forest, rows.test.features))
            }
            for run in runs { print("  \(run.name): \(Int(ModelPeers.median(run.rates))) rows/s") }
            print("  ours, one row at a time: \(ModelPeers.rounded(ModelPeers.median(singles) / 1e3, 3)) us")
        }
    }

    private func forest(_ rows: ModelRows, _ folder: String) throws -> Forest {
        guard let python = settings[ModelBench.python] else {
            let columns = rows.train.features.columns.count
            let settings = ForestSettings(columnsPerSplit: columns == 3 ? 1 : nil)
            let trainer = try ForestTrainer(rows.train, settings)
            return Forest(
                trees: (0..<settings.trees).map { trainer.tree($0) }, featureCount: columns, settings: settings)
        }
        _ = try ModelPeers.run(python, ["prepare", rows.path, "\(rows.train.count)", folder])
        return try ONNX.decode(PredictBench.bytes(of: folder + "/forest.onnx")).forest
    }

    private static func bytes(of path: String) throws -> [UInt8] {
        guard let file = fopen(path, "r") else { throw SelfProcess.Failed(reason: "\(path) cannot be read") }
        defer { fclose(file) }
        var bytes: [UInt8] = [], piece = [UInt8](repeating: 0, count: 65_536)
        while case let count = fread(&piece, 1, piece.count, file), count > 0 { bytes += piece[..<count] }
        return bytes
    }

    /// Rows a second.
    private func rate(of name: String, _ forest: Forest, _ rows: ModelRows, _ folder: String) throws -> Double {
        switch name {
        case "ours":
            var done = 0, ns = 0.0
            while ns < 5e8 {
                ns += ProcessStatus.cpuNs { blackHole(Int64(forest.probabilities(rows.test.features).count)) }
                done += rows.test.count
            }
            return Double(done) / ns * 1e9
        case "scorer":
            let words = [settings[PredictBench.scorer] ?? "", "score", folder + "/forest.flat", rows.path]
            let text = try OtherProcess(words).finish()
            let before = text.split(separator: " rows/s").first ?? ""
            return before.split(whereSeparator: { $0 == " " || $0 == "\n" }).last.flatMap { Double($0) } ?? .nan
        default: return try ModelPeers.run(settings[ModelBench.python] ?? "", ["predict", name, folder])[0]
        }
    }

    /// ns for a row that comes alone, over different rows.
    private func singleNs(_ forest: Forest, _ matrix: FeatureMatrix) -> Double {
        let rows = (0..<min(10_000, matrix.count)).map { matrix.row($0) }
        var sum = 0.0
        let ns = ProcessStatus.cpuNs { for row in rows { sum += forest.probability(row.span) } }
        blackHole(Int64(sum))
        return ns / Double(rows.count)
    }
}
