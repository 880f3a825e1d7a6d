/// librdkafka properties of one cluster, in the order in which they are set: a later one wins.
///
/// Each client adds its own defaults below these; the user's own (`--kafka-config`) stand above everything.
package struct KafkaConfiguration: Sendable, Equatable {
    /// Which clients a property is for: librdkafka warns about a consumer's property on a producer.
    package enum Role: Sendable, Equatable { case any, producer, consumer }

    private struct Setting: Sendable, Equatable {
        var key: String
        var value: String
        var role: Role
    }

    private var settings: [Setting]
    private let overrides: [Setting]

    /// - Parameters:
    ///   - brokers: `host:port`, several separated by commas.
    ///   - overrides: what the user set, any property of librdkafka's CONFIGURATION.md.
    package init(brokers: String, overrides: [(String, String)] = []) {
        settings = [Setting(key: "bootstrap.servers", value: brokers, role: .any)]
        self.overrides = overrides.map { Setting(key: $0.0, value: $0.1, role: .any) }
    }

    /// Sets a property that the service wants; the user's own still wins.
    package mutating func set(_ key: String, to value: String, for role: Role = .any) {
        settings.append(Setting(key: key, value: value, role: role))
    }

    /// The value that a client of this role will use, nil where it is librdkafka's own default.
    package func value(of key: String, for role: Role = .any) -> String? {
        pairs(for: role, defaults: []).last { $0.key == key }?.value
    }

    /// Everything for one client, lowest first.
    func pairs(for role: Role, defaults: [(key: String, value: String)]) -> [(key: String, value: String)] {
        let mine = (settings + overrides).filter { role == .any || $0.role == .any || $0.role == role }
        return defaults + mine.map { (key: $0.key, value: $0.value) }
    }
}
