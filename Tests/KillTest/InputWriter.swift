internal import CryptoCore
internal import KafkaClient
internal import ServiceKit
internal import Synchronization

/// Writes the input to a ticks topic, at a pace or as fast as it goes; what Kafka did not take waits, in order.
final class InputWriter: Sendable {
    private let thread: ServiceThread
    private let stop: StopFlag
    private let progress: Progress

    /// Records written so far, but for the closing ones.
    var count: Int { progress.written.load(ordering: .relaxed) }

    /// - Parameters:
    ///   - limit: ends after so many records; nil: when asked to.
    ///   - perSecond: nil: as fast as it goes.
    ///   - preload: so many come as fast as it goes before the pace begins.
    init(
        _ stream: some RecordStream, to topic: String, at bootstrap: String, limit: Int? = nil, perSecond: Int? = nil,
        after preload: Int = 0
    ) {
        let stop = StopFlag()
        let progress = Progress()
        self.stop = stop
        self.progress = progress
        thread = ServiceThread(name: "input") {
            let output = try Output(bootstrap, topic)
            var stream = stream
            var pace = Pace(perSecond)
            var count = 0
            while !stop.isRequested, count < limit ?? .max {
                let due = count < preload ? min(1_000, preload - count) : min(pace.due(), (limit ?? .max) - count)
                for _ in 0..<due { try output.write(stream.next()) }
                count += due
                progress.written.store(count, ordering: .relaxed)
                output.serve(waitMs: perSecond == nil || count < preload ? 0 : 5)
            }
            for record in stream.closing() { try output.write(record) }
            try output.finish()
        }
    }

    /// Ends the input with its closing ticks and waits until Kafka has everything.
    func finish() throws {
        stop.request()
        try waitFor("the end of the input", seconds: 120) { !thread.isRunning }
        if case .failed(let error) = thread.join(ms: 0) { throw Failure("the input could not be written: \(error)") }
    }

    /// Waits until everything up to the limit is written.
    func wait() throws {
        try waitFor("the input", seconds: 600) { !thread.isRunning }
        try finish()
    }
}

private final class Progress: Sendable {
    let written = Atomic<Int>(0)
}

/// How many records are due. A stop of the broker's is not made up for.
private struct Pace {
    private let perSecond: Int?
    private let clock = SystemClock()
    private var lastMs: Int64
    private var rest: Int64 = 0

    init(_ perSecond: Int?) {
        self.perSecond = perSecond
        lastMs = clock.monotonicMs()
    }

    mutating func due() -> Int {
        guard let perSecond else { return 1_000 }
        let now = clock.monotonicMs()
        rest += min(now - lastMs, 500) * Int64(perSecond)
        lastMs = now
        defer { rest %= 1_000 }
        return Int(rest / 1_000)
    }
}

/// The producer, on its thread.
private final class Output {
    private let producer: KafkaProducer
    private let topic: ProducerTopic
    private let headers = RecordHeaders([(name: "schema", text: Tick.schema)])

    init(_ bootstrap: String, _ name: String) throws {
        producer = try KafkaProducer(KafkaConfiguration(brokers: bootstrap), onLog: { _, _, _ in })
        topic = try producer.topic(name)
    }

    func write(_ record: InputRecord) throws {
        while !(try producer.produce(
            topic: topic, partition: record.partition, key: record.key, value: record.value, headers: headers))
        {
            try Interruption.check()
            producer.serve(waitMs: 10)
        }
    }

    func serve(waitMs: Int32) { producer.serve(waitMs: waitMs) }

    func finish() throws {
        while !(try producer.flush(timeoutMs: 500)) { try Interruption.check() }
        guard producer.failed == 0 else { throw Failure("\(producer.failed) records were not taken") }
    }
}
