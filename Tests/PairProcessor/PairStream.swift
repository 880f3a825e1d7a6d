internal import CryptoCore
internal import ServiceRuntime

/// Ticks and windows in, pairs out.
struct PairStream: StreamService {
    /// Where the pairs go: a topic of our table that nobody else writes under the test's prefix.
    static let pairs = Topic.trends

    let topics = StreamTopics(inputs: [.ticks, .tumbling], outputs: [PairStream.pairs], state: .state)
    let quietInputs: QuietInputs
    private let names: [String]

    init(_ context: ServiceContext, quietInputs: QuietInputs) {
        self.quietInputs = quietInputs
        names = topics.inputs.map { context.topic($0) }
    }

    func core(of partition: Int32) -> PairCore { PairCore(partition: partition, topics: names) }
}
