import Glibc
import KafkaClient
import ServiceKit
internal import System

/// `bench processor`: ticks on a real Kafka to windows and trends on it, exactly once, and what part each layer has in it.
///
/// Every layer reads the same topic to its end, in a process of its own, layer by layer in each round. The first, which reads
/// and does nothing, is the limit. Rates leave out start and join: they go from the first commit (or record) to the last.
struct ProcessorBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "processor", summary: "Measures ticks on Kafka to windows on Kafka, and each layer beside it.",
            flags: [tickCount, rounds, keep, oneLayer] + BenchTopic.flags,
            examples: [
                "bench processor --brokers localhost:9092",
                "bench processor --ticks 50000000 --rounds 1 --kafka-config queued.min.messages=10000",
            ]),
        run: { settings in
            let topic = try BenchTopic(settings)
            if let layer = settings[oneLayer] {
                print(try layer.measure(topic).line)
            } else {
                try ProcessorBench(topic: topic, settings: settings).run()
            }
        })
    private static let tickCount = Flag.integer(
        "ticks", 100_000...1_000_000_000, default: 10_000_000, help: "how many ticks to read")
    private static let rounds = Flag.integer(
        "rounds", 1...100, default: 3, help: "how often, in turn; the table gives medians")
    private static let keep = Flag.toggle("keep", help: "leave the topics behind")
    private static let oneLayer = Flag.choice(
        "layer", among: ProcessorLayer.allCases, help: "measure one layer, in this process, of ticks that are there")

    let topic: BenchTopic
    let settings: Settings

    private func run() throws {
        let ticks = settings[ProcessorBench.tickCount]
        try topic.delete(ticks: true)
        defer { if !settings[ProcessorBench.keep] { try? topic.delete(ticks: true) } }
        let clock = ContinuousClock()
        let filling = try clock.measure { try topic.fill(ticks) }
        print(
            "processor: \(ticks) ticks, \(settings[BenchTopic.series]) series, \(settings[BenchTopic.partitions]) partitions"
        )
        print("  written in \(Int(nanoseconds(filling) / 1e9)) s")
        print(ProcessorBench.row("", "ticks/s", "CPU us a tick", "memory, MB"))
        var results: [ProcessorLayer: [LayerResult]] = [:]
        for _ in 0..<settings[ProcessorBench.rounds] {
            for layer in ProcessorLayer.allCases {
                let line = try SelfProcess.run(["processor", "--layer", layer.rawValue] + topic.words)
                guard let result = LayerResult(line: line) else { throw SelfProcess.Failed(reason: line) }
                results[layer, default: []].append(result)
                show(layer.title, result)
            }
            try topic.delete(ticks: false)
        }
        print("  medians:")
        var below = 0.0
        for layer in ProcessorLayer.allCases {
            guard let median = LayerResult(medianOf: results[layer, default: []]) else { continue }
            let own = ProcessorBench.hundredths(median.cpuUs - below)
            show(layer.title, median, layer == ProcessorLayer.allCases.first ? "" : "  adds \(own) us")
            below = median.cpuUs
        }
    }

    private func show(_ title: String, _ result: LayerResult, _ remark: String = "") {
        let cpu = ProcessorBench.hundredths(result.cpuUs)
        print(ProcessorBench.row(title, "\(Int(result.rate))", cpu, "\(result.memoryMB)") + remark)
        fflush(nil)
    }

    private static func row(_ cells: String...) -> String { tableRow(cells, [54, 12, 15, 12]) }

    private static func hundredths(_ number: Double) -> String { String((number * 100).rounded() / 100) }
}

/// What reading the topic once through some layers took.
struct LayerResult {
    /// Ticks a second.
    let rate: Double
    /// CPU time of all threads, us a tick.
    let cpuUs: Double
    /// At most, of the whole process.
    let memoryMB: Int

    /// From one moment's count and CPU time to another's.
    init(ticks: Int, seconds: Double, cpuSeconds: Double) {
        rate = Double(ticks) / seconds
        cpuUs = cpuSeconds * 1e6 / Double(ticks)
        memoryMB = ProcessStatus.kilobytes("VmHWM") / 1024
    }

    /// What `line` says.
    init?(line: String) {
        let words = line.split(whereSeparator: \.isWhitespace)
        guard words.count == 3, let rate = Double(words[0]), let cpuUs = Double(words[1]), let memory = Int(words[2])
        else { return nil }
        self.rate = rate
        self.cpuUs = cpuUs
        memoryMB = memory
    }

    /// Each number's median; nil without results.
    init?(medianOf results: [LayerResult]) {
        guard !results.isEmpty else { return nil }
        let middle = results.count / 2
        rate = results.map(\.rate).sorted()[middle]
        cpuUs = results.map(\.cpuUs).sorted()[middle]
        memoryMB = results.map(\.memoryMB).sorted()[middle]
    }

    var line: String { "\(rate) \(cpuUs) \(memoryMB)" }
}
