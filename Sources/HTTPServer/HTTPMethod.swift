/// What a client may want done; HEAD asks for GET's answer without its body, so handlers never see it.
package enum HTTPMethod: String, Sendable, CaseIterable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Nil for methods that no route takes. *Complexity*: no allocation.
    init?(_ text: UnsafePointer<CChar>) {
        let bytes = UnsafeRawPointer(text).assumingMemoryBound(to: UInt8.self)
        switch (bytes[0], bytes[1]) {  // a text of one byte still has its zero
        case (UInt8(ascii: "G"), _): self = .get
        case (UInt8(ascii: "H"), _): self = .get
        case (UInt8(ascii: "P"), UInt8(ascii: "O")): self = .post
        case (UInt8(ascii: "P"), UInt8(ascii: "U")): self = .put
        case (UInt8(ascii: "P"), UInt8(ascii: "A")): self = .patch
        case (UInt8(ascii: "D"), _): self = .delete
        default: return nil
        }
        let isHead = bytes[0] == UInt8(ascii: "H")
        guard isHead ? CBytes.equal(text, "HEAD") : CBytes.equal(text, name) else { return nil }
    }

    private var name: StaticString {
        switch self {
        case .get: "GET"
        case .post: "POST"
        case .put: "PUT"
        case .patch: "PATCH"
        case .delete: "DELETE"
        }
    }
}
