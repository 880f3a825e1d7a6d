internal import CryptoCore

/// A dead letter, as its place and headers tell of it; its bytes stay on the topic and in the store.
struct DeadLetterNote: Equatable, Sendable {
    let topic: String
    let partition: Int64
    let offset: Int64
    /// When the broker took it. *Units*: ms.
    let time: Int64
    let error: String
    let service: String

    func json(number: UInt64) -> [UInt8] {
        var json = JSONWriter(reservingBytes: 256)
        json.beginObject()
        json.field("n", Int64(number))
        json.field("topic", topic)
        json.field("partition", partition)
        json.field("offset", offset)
        json.field("time", time)
        json.field("error", error)
        json.field("service", service)
        json.endObject()
        return json.bytes
    }
}
