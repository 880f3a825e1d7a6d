internal import CryptoCore
internal import ServiceRuntime
internal import TestSupport

/// Ticks and windows in, pairs out.
struct PairStream: StreamService {
    let topics = StreamTopics(inputs: [.ticks, .tumbling], outputs: [.pairs], state: .pairState)
    let quietInputs: QuietInputs
    private let names: [String]

    init(_ context: ServiceContext, quietInputs: QuietInputs) {
        self.quietInputs = quietInputs
        names = topics.inputs.map { context.topic($0) }
    }

    func core(of partition: Int32) -> PairCore { PairCore(partition: partition, topics: names) }
}
