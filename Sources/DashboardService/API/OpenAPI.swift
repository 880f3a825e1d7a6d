internal import CryptoCore
internal import HTTPServer
internal import ServiceKit

/// `GET /api/openapi.json`: what the dashboard answers, for machines.
///
/// *Source*: OpenAPI 3.1.0.
enum OpenAPI {
    /// Tells of all these, and of itself.
    static func route(_ routes: [APIRoute]) -> HTTPRoute {
        let plain = HTTPResponse.json(text(routes.map(\.endpoint) + [.openAPI]))
        let packed = plain.compressed()
        return APIRoute.now(.openAPI, gzip: { $0 ? packed : plain }).route
    }

    /// The document, in the order of the endpoints.
    static func text(_ endpoints: [Endpoint]) -> String {
        let paths = endpoints.reduce(into: [(path: String, methods: [String])]()) { paths, endpoint in
            let path = template(endpoint.path)
            if let place = paths.firstIndex(where: { $0.path == path }) {
                paths[place].methods.append(method(endpoint))
            } else {
                paths.append((path, [method(endpoint)]))
            }
        }.map { "\"\($0.path)\": {\($0.methods.joined(separator: ",\n  "))}" }
        return """
            {"openapi": "3.1.0",
            "info": {"title": "CryptoStream dashboard", "version": "\(Version.text)",
              "description": "What is live and what the store holds. Times are ms since the epoch; a series is <source>:<BASE>-<QUOTE>."},
            "paths": {
            \(paths.joined(separator: ",\n"))
            },
            "components": {
              "securitySchemes": {"token": {"type": "http", "scheme": "bearer", "description": "Where --token-file is given."}},
              "schemas": {"Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}}}}}

            """
    }

    /// `/api/silences/:id` as `/api/silences/{id}`.
    private static func template(_ path: String) -> String {
        path.split(separator: "/", omittingEmptySubsequences: false)
            .map { $0.hasPrefix(":") ? "{\($0.dropFirst())}" : String($0) }.joined(separator: "/")
    }

    private static func method(_ endpoint: Endpoint) -> String {
        var members = ["\"summary\": \(JSONWriter.quoted(endpoint.summary))"]
        if !endpoint.parameters.isEmpty {
            members.append("\"parameters\": [\(endpoint.parameters.map(parameter).joined(separator: ", "))]")
        }
        if let body = endpoint.body {
            members.append(#""requestBody": {"required": true, "content": {"application/json": {"schema": \#(body)}}}"#)
        }
        let forms = endpoint.answers.map { #""\#($0.type)": {"schema": \#($0.schema)}"# }.joined(separator: ", ")
        let good = #""200": {"description": "The answer.", "content": {\#(forms)}}"#
        let bad = endpoint.errors.map { status in
            ##""\##(status)": {"description": "\##(why(status))", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}"##
        }
        members.append("\"responses\": {\(([good] + bad).joined(separator: ", "))}")
        return "\"\(endpoint.method.rawValue.lowercased())\": {\(members.joined(separator: ", "))}"
    }

    private static func parameter(_ parameter: Endpoint.Parameter) -> String {
        #"{"name": "\#(parameter.name)", "in": "\#(parameter.place)", "required": \#(parameter.isRequired), "description": \#(JSONWriter.quoted(parameter.about)), "schema": \#(parameter.schema)}"#
    }

    private static func why(_ status: Int) -> String {
        switch status {
        case 400: "Something in the request is wrong, and how to mend it."
        case 404: "There is no such thing."
        case 408: "The request did not come whole in time."
        case 413: "The body is too long."
        case 415: "The body is no JSON by its Content-Type."
        case 422: "The fields are not those of the model."
        case 502: "The receivers of alerts did not all take it."
        case 503: "It is away now, and since when."
        case 504: "The answer took too long."
        default: "Why not."
        }
    }
}
