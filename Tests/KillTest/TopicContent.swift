internal import CryptoCore
internal import KafkaClient
internal import TestSupport

/// One committed record as a reader gets it, but for where it lies.
struct OutputRecord: Hashable {
    let key: [UInt8]?
    let value: [UInt8]?
    let headers: [Header]

    struct Header: Hashable {
        let name: String
        let value: [UInt8]?
    }

    /// The text of a header; nil where there is none.
    func header(_ name: String) -> String? {
        headers.first { $0.name == name }?.value.map { String(decoding: $0, as: UTF8.self) }
    }

    /// Value, or what stands for it.
    var text: String { value.map { String(decoding: $0, as: UTF8.self) } ?? "(no value)" }
}

/// Reads whole topics, `read_committed`.
struct TopicReader {
    let bootstrap: String

    /// Calls `body` with every committed record of a topic, partition by partition in order.
    func read(_ topic: String, _ body: (borrowing KafkaRecord) -> Void) throws {
        let configuration = KafkaConfiguration(brokers: bootstrap)
        let consumer = try KafkaConsumer(configuration, group: nil, onLog: { _, _, _ in })
        var left: Set<Int32> = []
        for partition in 0..<TickStream.partitions {
            let place = TopicPartition(topic: topic, partition: partition)
            if try consumer.watermarkOffsets(of: place, timeoutMs: 10_000).high > 0 { left.insert(partition) }
        }
        try consumer.assign(left.map { PartitionOffset(topic: topic, partition: $0, offset: 0) })
        try waitFor("all of \(topic)", seconds: 300, pollMs: 0) {
            let outcome = try consumer.poll(limit: 5_000, waitMs: 100, body)
            for end in outcome.ends { left.remove(end.partition) }
            return left.isEmpty
        }
    }

    /// The records of a topic by what keeps their order: a series, or for dead letters the partition they come from.
    func records(_ topic: Topic, prefix: String) throws -> [String: [OutputRecord]] {
        var found: [String: [OutputRecord]] = [:]
        try read(topic.name(prefix: prefix)) { record in
            let copy = OutputRecord(copying: record)
            let plain = copy.renamed(from: prefix)
            let name =
                topic == .deadLetter
                ? "origin \(plain.header("origin_topic") ?? "none") \(plain.header("origin_partition") ?? "none")"
                : copy.key.map { String(decoding: $0, as: UTF8.self) } ?? "no key"
            found[name, default: []].append(plain)
        }
        // Dead letters without a key lie in any partition: only within one is their order their own.
        if topic == .deadLetter {
            for name in found.keys { found[name]?.sort { $0.originOffset < $1.originOffset } }
        }
        return found
    }

    /// How many records each partition holds, and a hash of all their keys and values in order.
    func digest(_ topic: String) throws -> [Int32: [UInt64]] {
        var digests: [Int32: [UInt64]] = [:]
        try read(topic) { record in
            var digest = digests[record.partition] ?? [0, 0xCBF2_9CE4_8422_2325]
            digest[0] += 1
            for bytes in [record.key, record.value] {
                digest[1] = (digest[1] ^ UInt64(bytes?.count ?? -1 & 0xFFFF)) &* 0x100_0000_01B3
                for byte in bytes ?? UnsafeRawBufferPointer(start: nil, count: 0) {
                    digest[1] = (digest[1] ^ UInt64(byte)) &* 0x100_0000_01B3
                }
            }
            digests[record.partition] = digest
        }
        return digests
    }
}

extension OutputRecord {
    fileprivate init(copying record: borrowing KafkaRecord) {
        var headers: [Header] = []
        record.forEachHeader { headers.append(Header(name: $0, value: $1.map { Array($0) })) }
        self.init(key: record.key.map { Array($0) }, value: record.value.map { Array($0) }, headers: headers)
    }

    fileprivate var originOffset: Int { header("origin_offset").flatMap { Int($0) } ?? -1 }

    /// The same with the topic's name as it would be without the run's own prefix.
    fileprivate func renamed(from prefix: String) -> OutputRecord {
        let plain = headers.map { header in
            guard header.name == "origin_topic", let value = header.value else { return header }
            let text = String(decoding: value, as: UTF8.self)
            let name = text.hasPrefix(prefix) ? text.dropFirst(prefix.count) : text[...]
            return Header(name: header.name, value: Array(name.utf8))
        }
        return OutputRecord(key: key, value: value, headers: plain)
    }
}
