import CryptoCore
import Glibc
import ServiceKit
import System

/// `bench model`: how fast a forest is grown on one thread, beside scikit-learn's and LightGBM's on the same rows, in turn.
struct ModelBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "model", summary: "Measures growing a forest on one thread, beside scikit-learn and LightGBM.",
            flags: [rounds, trades, train, data, python],
            examples: ["bench model", "bench model --python .build/venv-model/bin/python --rounds 3"]),
        run: { settings in try ModelBench(settings: settings).run() })
    static let rounds = Flag.integer(
        "rounds", 1...1_000, default: 5, help: "how often, in turn; the table gives medians")
    static let trades = Flag.integer("trades", 100...100_000_000, default: 200_000, help: "how many synthetic trades")
    static let train = Flag.integer(
        "train", 10...100_000_000, help: "how many of the first rows train; four of five unless given")
    static let data = Flag.text(
        "data", value: "FILE", help: "rows to take instead: CSV with a header, the target in its last column")
    static let python = Flag.text(
        "python", value: "PROGRAM", help: "a Python with Tests/requirements-model.txt; without it only ours is measured"
    )

    let settings: Settings

    func run() throws {
        try TemporaryFolder.with { folder in
            let rows = try ModelRows(
                data: settings[ModelBench.data], count: settings[ModelBench.trades],
                trainCount: settings[ModelBench.train], folder: folder)
            let columns = rows.train.features.columns.count
            print("model: \(rows.train.count) rows, \(columns) columns; 100 trees, depth 10, one thread")
            let peers = settings[ModelBench.python] == nil ? [] : ["scikit-learn", "lightgbm"]
            var runs = [[[Double]]](repeating: [], count: peers.count + 1)
            for _ in 0..<settings[ModelBench.rounds] {
                runs[0].append(try ours(rows))
                for (index, peer) in peers.enumerated() {
                    runs[index + 1].append(
                        try ModelPeers.run(
                            settings[ModelBench.python] ?? "", ["fit", peer, rows.path, "\(rows.train.count)"]))
                }
            }
            for (name, runs) in zip(["ours"] + peers, runs) {
                let median = (0..<3).map { column in ModelPeers.median(runs.map { $0[column] }) }
                print(
                    "  \(name): \(ModelPeers.rounded(median[0], 3)) s of CPU, \(Int(median[1])) leaves, "
                        + "AUC \(ModelPeers.rounded(median[2], 4))")
            }
        }
    }

    /// CPU seconds, leaves and AUC.
    private func ours(_ rows: ModelRows) throws -> [Double] {
        let columns = rows.train.features.columns.count
        let settings = ForestSettings(columnsPerSplit: columns == 3 ? 1 : nil)
        var forest: Forest?
        let ns = ProcessStatus.cpuNs {
            guard let trainer = try? ForestTrainer(rows.train, settings) else { return }
            forest = Forest(
                trees: (0..<settings.trees).map { trainer.tree($0) }, featureCount: columns, settings: settings)
        }
        guard let forest else { throw SelfProcess.Failed(reason: "the rows cannot be learned from") }
        return [ns / 1e9, Double(forest.leafCount), rows.auc(forest)]
    }
}
