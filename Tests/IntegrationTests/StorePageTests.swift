import CryptoCore
import Foundation
import Storage
import TestSupport
import TestTraits
import Testing

/// Runs what stands in code blocks there; a `text` block behind one is what it prints.
@Suite("config/README.md, the page about stores", .waiting)
struct StorePageTests {
    private static let page = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .appendingPathComponent("../../config/README.md").standardizedFileURL

    /// A code block of the page.
    private struct Block {
        var line: Int
        var language: String
        var text: String
        /// What it prints; nil where the page does not say.
        var output: String?
    }

    @Test(
        "every query and example runs, and prints what stands there",
        .enabled(if: Servers.mongodb != nil && Servers.kafka != nil && Servers.python != nil))
    func examples() throws {
        let folder = try Servers.freshFolder()
        defer { Servers.remove(folder) }
        let uri = "\(try #require(Servers.mongodb))/\(Servers.freshPrefix())"
        try StorePageTests.fill(folder, ["sqlite:crypto.db", "csv:records", uri])
        defer { _ = try? python("client.drop_database(client.get_default_database())", in: folder, uri) }
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        try StorePageTests.produce(folder, to: line)
        // As a file of 0.1.0 has the same columns, and the sink makes the same tables.
        _ = try ChildProcess.run(
            "bash", ["-c", "sqlite3 crypto.db .schema | sqlite3 new.db; cp crypto.db old.db"], in: folder)

        let blocks = try StorePageTests.blocks()
        #expect(Set(blocks.map(\.language)) == ["sql", "sh", "python", "js"])
        for block in blocks {
            do {
                let output = try run(block, in: folder, uri, line)
                if let wanted = block.output {
                    #expect(output == wanted, "config/README.md:\(block.line) prints\n\(output)")
                } else {
                    #expect(!output.isEmpty, "config/README.md:\(block.line) prints nothing")
                }
            } catch { Issue.record("config/README.md:\(block.line): \(error)") }
        }
    }

    private func run(_ block: Block, in folder: URL, _ uri: String, _ line: Line) throws -> String {
        let text = block.text.replacing("mongodb://localhost:27017/crypto", with: uri)
            .replacing("localhost:9092", with: line.brokers).replacing("-t crypto.", with: "-t \(line.prefix).")
        switch block.language {
        case "sql":
            return try ChildProcess.run("sqlite3", ["-bail", "-box", "file:crypto.db?mode=ro", text], in: folder)
        case "sh": return try ChildProcess.run("bash", ["-euc", text], in: folder)
        case "python": return try ChildProcess.run(#require(Servers.python), ["-c", text], in: folder)
        default: return try mongosh(text, in: folder, uri)
        }
    }

    /// Runs lines of mongosh that are Python, too, but for a few names.
    private func mongosh(_ text: String, in folder: URL, _ uri: String) throws -> String {
        let names = """
            import datetime
            true, false, null = True, False, None
            class ISODate:
                def __init__(self, text): self.time = datetime.datetime.fromisoformat(text)
                def getTime(self): return int(self.time.timestamp() * 1000)
            """
        return try text.components(separatedBy: "\n\n").map { expression in
            let printed = try python("\(names)\nfor found in \(expression): print(found)", in: folder, uri)
            #expect(!printed.isEmpty, "nothing found by \(expression)")
            return printed
        }.joined()
    }

    private func python(_ text: String, in folder: URL, _ uri: String) throws -> String {
        let before = """
            import pymongo
            client = pymongo.MongoClient("\(uri)")
            db = client.get_default_database()

            """
        return try ChildProcess.run(#require(Servers.python), ["-c", before + text], in: folder)
    }

    // MARK: What is read

    /// Replays made-up ticks of three minutes into each store.
    private static func fill(_ folder: URL, _ stores: [String]) throws {
        let file = folder.appendingPathComponent("made-up.jsonl")
        try Data(lines().joined(separator: "\n").utf8).write(to: file)
        let pipelines = try stores.map { store in
            try ChildProcess.service(
                "pipeline",
                [
                    "--source", "replay", "--file", file.path, "--speed", "max", "--store", store, "--http",
                    "127.0.0.1:0",
                ],
                in: folder)
        }
        for pipeline in pipelines {
            let result = try pipeline.wait(seconds: 60)
            try #require(result.status == 0, "\(result.errors.suffix(500))")
        }
        for store in stores {
            let isFile = !store.hasPrefix("mongodb")
            try addPredictions(isFile ? store.replacing(":", with: ":\(folder.path)/", maxReplacements: 1) : store)
        }
    }

    /// Writes what made-up models said of two of the ticks, as the sink does.
    private static func addPredictions(_ location: String) throws {
        let start: Int64 = 1_763_719_200_000
        var batch = RowBatch(prefix: "crypto")
        func add(_ topic: Topic, _ json: String) throws {
            let value = Array("{\"source\":\"bybit\",\"symbol\":\"ETH-USDT\",\"model\":\"direction\",\(json)}".utf8)
            let origin = RecordOrigin(topic, partition: 0, offset: Int64(batch.count), timestampMs: start)
            try batch.append(origin, key: nil, value: value.span.bytes)
        }
        for (version, ms, id, probability, mark) in [
            (1, 0, "06", 0.5, "default"), (2, 0, "06", 0.75, "default"), (3, 0, "06", 0.625, "shadow"),
            (2, 20_000, "11", 0.25, "default"),
        ] as [(Int, Int64, String, Double, String)] {
            try add(
                .predictions,
                """
                "version":\(version),"model_hash":"0123456789abcdef","kind":"trade","event_time":\(start + ms),\
                "trade_id":"22900000000686838\(id)","prediction":\(probability > 0.5 ? 1 : 0),"probability":\(probability),\
                "\(mark)":true
                """)
        }
        let minutes: [(Int64, Int, Double, Double, String)] = [
            (1, 3, 0.25, 0.75, "[300,1,0],[600,0,1],[700,1,0]"), (2, 1, 0.75, 0.5, "[800,0,1]"),
        ]
        for (minute, count, loss, ruleLoss, bins) in minutes {
            try add(
                .scores,
                """
                "version":2,"as_of":\(start + minute * 60_000),"span_ms":60000,"count":\(count),"decided_up":1,\
                "true_positives":1,"false_positives":\(count / 2),"accuracy":1.0,\
                "balanced_accuracy":1.0,"log_loss":\(loss),"brier":0.25,"auc":null,"base_rate":1.0,\
                "baselines":{"side persistence":{"accuracy":0.5,"log_loss":\(ruleLoss)}},"psi":{"price":0.125},\
                "probability_bins":[\(bins)],"feature_bins":{"price":[[0,\(count)]]}
                """)
        }
        let store = try StoreLocation(location).open(keepMs: 0)
        #expect(try store.write(batch, holding: [], now: start).rejected.isEmpty)
    }

    /// Writes the same ticks to a topic of a real Kafka.
    private static func produce(_ folder: URL, to line: Line) throws {
        let producer = try ChildProcess.service(
            "producer",
            [
                "--source", "replay", "--file", folder.appendingPathComponent("made-up.jsonl").path, "--speed", "max",
                "--brokers", line.brokers, "--prefix", line.prefix, "--partitions", "2", "--http", "127.0.0.1:0",
            ], in: folder)
        let result = try producer.wait(seconds: 60)
        try #require(result.status == 0, "\(result.errors.suffix(500))")
    }

    private static func lines() -> [String] {
        let start: Int64 = 1_763_719_200_000
        let (btc, eth) = (Series(source: "bybit", symbol: "BTC-USDT"), Series(source: "bybit", symbol: "ETH-USDT"))
        var ticks: [Tick] = []
        func add(_ series: Series, _ kind: Tick.Kind, at ms: Int64, after delay: Int64 = 40) {
            ticks.append(Tick(series: series, kind: kind, eventTime: start + ms, ingestTime: start + ms + delay))
        }
        func trade(_ price: Double) -> Tick.Kind {
            .trade(
                Tick.Trade(
                    tradeID: "\(2_290_000_000_068_683_805 + ticks.count)", price: price, quantity: 0.25, side: .buy))
        }
        for i in 0..<36 as Range<Int64> {
            add(btc, trade(91_000 + Double(i) * 10), at: i * 5000)
            if i % 4 == 0 { add(eth, trade(3000 + Double(i) / 2), at: i * 5000) }
        }
        add(btc, .gap(Tick.Gap(from: start + 175_100, to: start + 175_500, reason: "disconnect")), at: 175_500)
        add(Series(source: "coingecko", symbol: "BTC-USD"), .quote(Tick.Quote(price: 91_010.5)), at: 170_000)
        add(btc, trade(91_400.5), at: 190_000)
        add(btc, trade(91_001.5), at: 1000, after: 189_050)
        return ticks.map { String(decoding: $0.encoded(), as: UTF8.self) }
    }

    // MARK: The page

    private static func blocks() throws -> [Block] {
        var blocks: [Block] = []
        var open: Block?
        var last = 0
        for (i, line) in try String(contentsOf: page, encoding: .utf8).split(
            separator: "\n", omittingEmptySubsequences: false
        )
        .enumerated() {
            if var block = open {
                if line != "```" {
                    block.text += line + "\n"
                    open = block
                } else if block.language == "text" {
                    try #require(block.line == last + 1, "config/README.md:\(block.line): the output of what?")
                    blocks[blocks.count - 1].output = block.text
                    open = nil
                } else {
                    block.text.removeLast()
                    blocks.append(block)
                    last = i + 1
                    open = nil
                }
            } else if line.hasPrefix("```") {
                open = Block(line: i + 1, language: String(line.dropFirst(3)), text: "")
            }
        }
        return blocks
    }
}
