internal import CMicroHTTPD

/// Makes libmicrohttpd's responses; who gets one destroys it.
enum MHDResponse {
    /// Copies bytes and headers; headers that HTTP does not allow are left out.
    /// - Throws: `.failed` without memory.
    static func make(
        _ bytes: [UInt8], headers: [(String, String)]
    ) throws(HTTPServerError) -> OpaquePointer {
        guard let response = copy(bytes) else { throw .failed(operation: "MHD_create_response_from_buffer") }
        add(headers, to: response)
        return response
    }

    /// Adds headers, and what every answer has.
    static func add(_ headers: [(String, String)], to response: OpaquePointer) {
        MHD_add_response_header(response, "X-Content-Type-Options", "nosniff")
        for (name, value) in headers { MHD_add_response_header(response, name, value) }
    }

    /// The same of a handler's response; nil without memory.
    static func make(_ answer: HTTPResponse, isLast: Bool) -> OpaquePointer? {
        guard let response = copy(answer.body) else { return nil }
        MHD_add_response_header(response, "Content-Type", answer.contentType)
        add(answer.headers, to: response)
        if isLast { MHD_add_response_header(response, "Connection", "close") }
        return response
    }

    private static func copy(_ bytes: [UInt8]) -> OpaquePointer? {
        bytes.withUnsafeBytes { bytes in
            // MUST_COPY: it only reads from the pointer, which C declares without const.
            MHD_create_response_from_buffer(
                bytes.count, UnsafeMutableRawPointer(mutating: bytes.baseAddress), .RESPMEM_MUST_COPY)
        }
    }
}
