package import CryptoCore
package import ServiceKit
package import ServiceRuntime

/// What the alerter runs with.
package struct AlerterConfiguration: Sendable {
    /// What is looked for.
    package var rules: RuleSet
    /// Where topics are begun by a group without offsets.
    package var beginning: StreamStart
    /// What may be remembered of all markets. *Units*: bytes.
    package var memoryBytes: Int64
    /// Its name as a static member of the group; nil: it is none.
    package var instance: String?
    /// Who is told of alerts.
    package var notifiers = NotifierSettings()

    /// Reads the rules and a token's file, too.
    /// - Throws: what is wrong with them.
    package init(_ settings: Settings) throws(UsageError) {
        try self.init(
            rules: settings[AlerterFlags.rules], beginning: settings[AlerterFlags.from],
            instance: settings[CommonFlags.instance], memoryBytes: settings[AlerterFlags.memory],
            partitions: settings[CommonFlags.partitions])
        notifiers = try NotifierSettings(settings)
    }

    /// Reads the rules of the file, too.
    /// - Parameter partitions: of a topic.
    /// - Throws: what is wrong with them, or that there is no room for a single market.
    package init(
        rules file: String, beginning: StreamStart, instance: String?, memoryBytes: Int64 = 1 << 30, partitions: Int
    ) throws(UsageError) {
        rules = try RulesSource.rules(of: file)
        self.beginning = beginning
        self.instance = instance
        self.memoryBytes = memoryBytes
        let (need, share) = (rules.bytesOfMarket, shareBytes(of: partitions))
        guard need > share else { return }
        throw UsageError(
            "\(file): its rules remember up to \(RulesSource.size(need)) of each market, more than the \(RulesSource.size(share)) "
                + "of a partition (--memory, divided by --partitions): shorten ranges, or raise --memory")
    }

    /// What one of so many partitions may remember. *Units*: bytes.
    func shareBytes(of partitions: Int) -> Int { Int(clamping: memoryBytes) / max(partitions, 1) }
}
