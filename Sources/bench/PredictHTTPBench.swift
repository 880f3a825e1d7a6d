import CryptoCore
import Glibc
import ServiceKit
import ServiceRuntime

/// `bench predict-http`: the whole inference service under wrk, beside another server with the same forest.
///
/// Each runs in a process of its own on core 0, wrk on core 1, in turn; `POST /predict` of one row, answered in one thread.
struct PredictHTTPBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "predict-http",
            summary: "Measures POST /predict of the inference service, by wrk (Debian's package).",
            flags: [rounds, seconds, connections, ModelBench.trades, ModelBench.data, peer],
            examples: ["bench predict-http", "bench predict-http --peer ./rust-predict --rounds 11"]),
        run: { settings in try PredictHTTPBench(settings: settings).run() })
    private static let rounds = Flag.integer(
        "rounds", 1...1_000, default: 5, help: "how often, in turn; the table gives medians")
    private static let seconds = Flag.integer("seconds", 1...600, default: 2, help: "how long each time")
    private static let connections = Flag.integer("connections", 1...900, default: 64, help: "connections of wrk")
    private static let peer = Flag.text(
        "peer", value: "PROGRAM",
        help: """
            another server, run as PROGRAM PORT 1 forest.flat, with the forest as flat trees (Tests/ModelPeers/model_peers.py has \
            the format), that answers the same POST /predict
            """)

    let settings: Settings
    private static let request = WrkRun.Request(
        path: "/predict", body: #"{"price":101.5,"quantity":0.25,"is_buy":true}"#)

    private func run() throws {
        try TemporaryFolder.with { folder in
            let rows = try ModelRows(
                data: settings[ModelBench.data], count: settings[ModelBench.trades], trainCount: nil, folder: folder)
            let forest = try write(rows, folder)
            print(
                "predict-http: \(forest.treeCount) trees, \(forest.leafCount) leaves; \(settings[Self.connections]) connections, "
                    + "\(settings[Self.rounds]) x \(settings[Self.seconds]) s")
            var servers = [
                Server(name: "inference") { port in
                    [
                        OtherProcess.sibling("inference"), "--no-stream", "--models", folder + "/models", "--http",
                        "127.0.0.1:\(port)", "--log-level", "error",
                    ]
                }
            ]
            if let peer = settings[Self.peer] {
                servers.append(Server(name: "peer") { [peer, $0, "1", folder + "/forest.flat"] })
            }
            try measure(servers)
        }
    }

    /// A server, and how it is started on a port.
    private struct Server {
        let name: String
        let words: (_ port: String) -> [String]
    }

    /// Grows a forest, and writes it as a served model and as flat trees.
    private func write(_ rows: ModelRows, _ folder: String) throws -> Forest {
        let columns = rows.train.features.columns.count
        let settings = ForestSettings(columnsPerSplit: columns == 3 ? 1 : nil)
        let trainer = try ForestTrainer(rows.train, settings)
        let forest = Forest(
            trees: (0..<settings.trees).map { trainer.tree($0) }, featureCount: columns, settings: settings)
        var model = Model(
            forest: forest, name: "direction", version: 1, preset: "direction", featureNames: rows.train.features.names)
        model.golden = forest.goldenRows()
        let encoded = ModelFile.encode(model)
        let models = ModelFolder(models: folder + "/models", name: "direction")
        _ = try models.add { _ throws(ModelFolderError) in
            [ModelFolder.File(ModelFolder.modelFile, encoded)]
        }
        guard let file = fopen(folder + "/forest.flat", "w") else { throw SelfProcess.Failed(reason: "no forest.flat") }
        defer { fclose(file) }
        let bytes = PredictHTTPBench.flat(forest)
        fwrite(bytes, 1, bytes.count, file)
        return forest
    }

    private func measure(_ servers: [Server]) throws {
        print(PredictHTTPBench.row("", "requests/s", "p50, us", "p99, us", "CPU us each", "MB"))
        var runs = [[(run: WrkRun, megabytes: Int)]](repeating: [], count: servers.count)
        var answers = [String](repeating: "", count: servers.count)
        for round in 0..<settings[Self.rounds] {
            for index in round % 2 == 0 ? Array(servers.indices) : servers.indices.reversed() {
                let port = "\(try LoopbackSocket.freePort())"
                let server = try OtherProcess(servers[index].words(port), core: 0)
                answers[index] = try answer(of: servers[index].name, port)
                let run = try WrkRun(
                    PredictHTTPBench.request, port: port, of: server, connections: settings[Self.connections],
                    seconds: settings[Self.seconds])
                runs[index].append((run, ProcessStatus.kilobytes("VmHWM", of: "\(server.pid)") / 1_000))
                show(servers[index].name, runs[index].suffix(1))
            }
        }
        print("  medians:")
        for (index, server) in servers.enumerated() {
            show(server.name, runs[index])
            print("    answers \(answers[index])")
        }
        guard runs.count == 2 else { return }
        let rate = median(runs[0], \.rate) / median(runs[1], \.rate)
        let ratios = zip(runs[0], runs[1]).map { $0.run.rate / $1.run.rate }.sorted()
        print(
            "  inference has \(hundredths(rate)) of the peer's rate (rounds: \(hundredths(ratios[0])) to "
                + "\(hundredths(ratios[ratios.count - 1]))), and \(hundredths(median(runs[0], \.p99Us) / median(runs[1], \.p99Us))) of its p99"
        )
    }

    /// Waits until the server answers. - Returns: what it answers.
    private func answer(of name: String, _ port: String) throws -> String {
        for _ in 0..<100 {
            let curl = try OtherProcess([
                "curl", "-sf", "-m", "2", "-H", "Content-Type: application/json", "-d", PredictHTTPBench.request.body,
                "http://127.0.0.1:\(port)/predict",
            ])
            if let text = try? curl.finish(), !text.isEmpty { return text }
            usleep(50_000)
        }
        throw SelfProcess.Failed(reason: "\(name) does not answer: swift build -c release")
    }

    private func show(_ title: String, _ runs: some Collection<(run: WrkRun, megabytes: Int)>) {
        let runs = Array(runs)
        let megabytes = runs.map(\.megabytes).max() ?? 0
        print(
            PredictHTTPBench.row(
                title, "\(Int(median(runs, \.rate)))", "\(Int(median(runs, \.p50Us)))", "\(Int(median(runs, \.p99Us)))",
                hundredths(median(runs, \.cpuUs)), "\(megabytes)"))
        fflush(nil)
    }

    private func median(_ runs: [(run: WrkRun, megabytes: Int)], _ value: KeyPath<WrkRun, Double>) -> Double {
        runs.map { $0.run[keyPath: value] }.sorted()[runs.count / 2]
    }

    private func hundredths(_ value: Double) -> String { ModelPeers.rounded(value, 2) }

    private static func row(_ cells: String...) -> String { tableRow(cells, [12, 14, 10, 10, 14, 8]) }

    /// Trees as arrays of (threshold or probability, feature or all ones, left, right), 32 bits each, behind their length.
    private static func flat(_ forest: Forest) -> [UInt8] {
        var bytes: [UInt8] = []
        func put(_ value: UInt32) { withUnsafeBytes(of: value.littleEndian) { bytes.append(contentsOf: $0) } }
        put(UInt32(forest.treeCount))
        for tree in forest.trees {
            put(UInt32(tree.nodes.count))
            for node in tree.nodes {
                let rounded = Float(node.threshold)
                let down = Double(rounded) > node.threshold ? rounded.nextDown : rounded
                put(node.isLeaf ? Float(node.probability).bitPattern : down.bitPattern)
                put(node.isLeaf ? .max : UInt32(node.feature))
                put(node.isLeaf ? 0 : UInt32(node.left))
                put(node.isLeaf ? 0 : UInt32(node.left) + 1)
            }
        }
        return bytes
    }
}
