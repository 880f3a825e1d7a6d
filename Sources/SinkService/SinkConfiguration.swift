package import CryptoCore
package import ServiceKit

/// What the sink runs with.
package struct SinkConfiguration: Sendable {
    /// Where the rows go; each gets everything.
    package var stores: [String]
    /// What is read: every topic whose records have a table. The broker inside `pipeline` may have fewer.
    package var topics = SinkService.inputs
    /// Whether topics that a store does not know are begun at their end.
    var startsAtEnd: Bool
    /// The consumer group; nil: each store has one of its own.
    var group: String?
    /// Rows inserted longer ago are deleted. *Units*: ms; 0: never.
    var keepMs: Int64
    /// A batch of so many rows is written.
    var batchRows: Int
    /// A batch is written when its first row is so old; nil: by the rows it has. *Units*: ms.
    var batchWaitMs: Int64?
    /// Members of a store's group.
    var connections: Int
    /// Its name as a static member of the group; nil: it is none.
    var instance: String?

    /// - Throws: what in the settings does not fit together.
    package init(_ settings: Settings) throws(UsageError) {
        stores = settings[SinkFlags.store]
        startsAtEnd = settings[SinkFlags.from] == .latest
        group = settings[SinkFlags.group]
        keepMs = settings[SinkFlags.keep]
        batchRows = settings[SinkFlags.batchRows]
        batchWaitMs = settings[SinkFlags.batchWait]
        connections = settings[SinkFlags.connections]
        instance = settings[CommonFlags.instance]
        var problems: [String] = []
        if stores.count > 1, group != nil {
            problems.append("--group: each store needs a group of its own: leave it out, or name one store")
        }
        if Set(stores).count < stores.count { problems.append("--store: the same store is named twice") }
        if !problems.isEmpty { throw UsageError(problems) }
    }
}
