/// A topic that is to be made.
package struct NewTopic: Sendable {
    package var name: String
    package var partitions: Int32
    /// -1: the broker's default.
    package var replication: Int32
    /// Topic settings, e.g. `message.timestamp.type` = `LogAppendTime`.
    package var configuration: [(key: String, value: String)]

    package init(
        name: String, partitions: Int32, replication: Int32 = -1, configuration: [(key: String, value: String)] = []
    ) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.configuration = configuration
    }
}
