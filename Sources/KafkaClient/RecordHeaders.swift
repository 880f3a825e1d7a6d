internal import CRdkafka

/// Headers made once and copied by librdkafka into each record that is produced with them.
///
/// *Thread*: any; nothing changes after `init`, and librdkafka only reads the list to copy it.
package final class RecordHeaders: @unchecked Sendable {
    let raw: OpaquePointer

    /// The same name may come twice; the order is kept.
    package init(_ headers: [(name: String, value: [UInt8])]) {
        raw = rd_kafka_headers_new(headers.count)
        for (name, value) in headers {
            value.withUnsafeBytes { bytes in
                // An empty value is not a null one: the pointer must not be nil.
                let start = bytes.baseAddress ?? UnsafeRawPointer(raw)
                _ = rd_kafka_header_add(raw, name, name.utf8.count, start, bytes.count)
            }
        }
    }

    /// Headers whose values are text.
    package convenience init(_ headers: [(name: String, text: String)]) {
        self.init(headers.map { (name: $0.name, value: Array($0.text.utf8)) })
    }

    deinit { rd_kafka_headers_destroy(raw) }
}
