package import CryptoCore
package import ServiceKit
package import ServiceRuntime

/// What the alerter runs with.
package struct AlerterConfiguration: Sendable {
    /// What is looked for.
    package var rules: RuleSet
    /// Where topics are begun by a group without offsets.
    package var beginning: StreamStart
    /// Its name as a static member of the group; nil: it is none.
    package var instance: String?
    /// Who is told of alerts.
    package var notifiers = NotifierSettings()

    /// Reads the rules and a token's file, too.
    /// - Throws: what is wrong with them.
    package init(_ settings: Settings) throws(UsageError) {
        try self.init(
            rules: settings[AlerterFlags.rules], beginning: settings[AlerterFlags.from],
            instance: settings[CommonFlags.instance])
        notifiers = try NotifierSettings(settings)
    }

    /// Reads the rules of the file, too.
    /// - Throws: what is wrong with them.
    package init(rules file: String, beginning: StreamStart, instance: String?) throws(UsageError) {
        rules = try RulesSource.rules(of: file)
        self.beginning = beginning
        self.instance = instance
    }
}
