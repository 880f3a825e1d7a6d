import CryptoCore
import Glibc
import KafkaClient
import ProcessorService
import ServiceKit
import ServiceRuntime
import System

/// How much of the processor reads the topic; each layer has all of those before it.
enum ProcessorLayer: String, CaseIterable {
    case consume, windows, processor

    var title: String {
        switch self {
        case .consume: "read only (the limit)"
        case .windows: "+ parse, windows, their JSON"
        case .processor: "+ records, state, transactions: the processor"
        }
    }

    /// Reads the topic from its beginning to its end.
    func measure(_ topic: BenchTopic) throws -> LayerResult {
        switch self {
        case .consume:
            return try read(topic) { _ in
            } after: {
            }
        case .windows:
            var cores = topic.partitions.map { PartitionWindows(topic: $0.topic, partition: $0.partition) }
            var output = OutputBatch()
            return try read(topic) { record in
                cores[Int(record.partition)].add(
                    key: record.key?.bytes, value: record.value?.bytes, offset: record.offset,
                    appendTime: record.appendTimeMs, now: 0, into: &output)
            } after: {
                output.removeAll()
            }
        case .processor: return try process(topic)
        }
    }

    private func read(
        _ topic: BenchTopic, _ body: (borrowing KafkaRecord) -> Void, after: () -> Void
    ) throws -> LayerResult {
        let ends = try topic.ends()
        let consumer = try KafkaConsumer(topic.configuration, group: nil, onLog: ignoreLog)
        try consumer.assign(topic.partitions.map { PartitionOffset($0, offset: 0) })
        var first: (ticks: Int, at: Moment)?
        var ticks = 0
        while ticks < ends.reduce(0, +) {
            ticks += try consumer.take(body)
            after()
            if first == nil, ticks > 0 { first = (ticks, Moment()) }
        }
        guard let first else { throw NoTicks() }
        return first.at.result(ticks: ticks - first.ticks)
    }

    /// Runs the real service in a thread and looks at what it commits.
    private func process(_ topic: BenchTopic) throws -> LayerResult {
        let ends = try topic.ends()
        let stop = StopFlag()
        let report = ServiceReport()
        let processor = try ProcessorLayer.configuration(topic, [])
        let service = ProcessorService(ProcessorLayer.context(processor.common, stop), processor.own, report: report)
        let thread = Thread(name: "processor", stopping: stop) { try service.run() }
        var first: (ticks: Int, at: Moment)?
        var result: LayerResult?
        var last = 0
        while thread.isRunning, last < Int(ends.reduce(0, +)) {
            _ = stop.wait(ms: 3)
            let ticks = topic.partitions.reduce(0) { $0 + Int(report.position(of: $1) ?? 0) }
            guard ticks != last else { continue }
            last = ticks
            if let first { result = first.at.result(ticks: ticks - first.ticks) } else { first = (ticks, Moment()) }
        }
        // What the first commit held is left out: the rest must be enough to tell a rate.
        if last < 2 * (first?.ticks ?? 0) { result = nil }
        stop.request()
        if case .failed(let error) = thread.join(ms: 10_000) { throw error }
        guard let result else { throw NoTicks() }
        return result
    }

    /// A processor's configuration on the benchmark's topics, with more flags.
    static func configuration(
        _ topic: BenchTopic, _ flags: [String]
    ) throws -> Configured<ProcessorConfiguration> {
        let parsed = CommandLineParser.parse(
            ProcessorCommand.spec, arguments: topic.words + flags, environment: [:], readFile: { _ in .absent })
        guard case .run(let configuration) = parsed else { throw WrongFlags(problem: "\(parsed)") }
        return configuration
    }

    /// The context of a processor that logs what is wrong.
    static func context(_ common: CommonConfiguration, _ stop: StopFlag) -> ServiceContext {
        ServiceContext(
            service: "processor", common, stop: stop, log: Log(service: "processor", minimum: .warning))
    }

    private struct NoTicks: Error, CustomStringConvertible {
        let description = "too few ticks to measure a rate, which takes some commits: give more with --ticks"
    }

    private struct WrongFlags: Error, CustomStringConvertible {
        let problem: String
        var description: String { "the processor does not take these flags: \(problem)" }
    }
}

extension KafkaConsumer {
    /// One poll; none when it has to be asked again.
    /// - Returns: how many records `body` was given.
    func take(_ body: (borrowing KafkaRecord) -> Void) throws -> Int {
        do throws(KafkaError) {
            return try poll(limit: 10_000, waitMs: 50, body).records
        } catch {
            if case .retriable = error { return 0 }
            throw error
        }
    }
}

/// A moment's clocks.
private struct Moment {
    private let at = ContinuousClock.now
    private let cpuSeconds = Moment.cpu()

    /// What so many ticks since then took.
    func result(ticks: Int) -> LayerResult {
        LayerResult(
            ticks: ticks, seconds: nanoseconds(ContinuousClock.now - at) / 1e9, cpuSeconds: Moment.cpu() - cpuSeconds)
    }

    private static func cpu() -> Double {
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        return Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }
}
