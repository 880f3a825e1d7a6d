/// What a client may want done; HEAD asks for GET's answer without its body, so handlers never see it.
package enum HTTPMethod: String, Sendable {
    case get = "GET"
    case post = "POST"
    case put = "PUT"
    case patch = "PATCH"
    case delete = "DELETE"

    /// Nil for methods that no route takes. *Complexity*: no allocation.
    init?(_ text: UnsafePointer<CChar>) {
        if CBytes.equal(text, "GET") || CBytes.equal(text, "HEAD") {
            self = .get
        } else if CBytes.equal(text, "POST") {
            self = .post
        } else if CBytes.equal(text, "PUT") {
            self = .put
        } else if CBytes.equal(text, "PATCH") {
            self = .patch
        } else if CBytes.equal(text, "DELETE") {
            self = .delete
        } else {
            return nil
        }
    }
}
