internal import CryptoCore
internal import HTTPServer
internal import ServiceKit
internal import ServiceRuntime

/// `GET /openapi.json`: what the service answers, for machines, with the fields of the models that are served now.
///
/// *Source*: OpenAPI 3.1.0.
struct OpenAPI: Sendable {
    let models: AskedModels

    var route: HTTPRoute { .get("/openapi.json") { _ in .json(OpenAPI.text(models.now)) } }

    static func text(_ now: AskedModels.Table) -> String {
        """
        {"openapi": "3.1.0",
        "info": {"title": "CryptoStream inference", "version": "\(Version.text)",
          "description": "What models predict. The Open Inference Protocol (v2) stands beside /predict."},
        "paths": {
        \(predict(now)),
        "/model": {"get": {"summary": "What is served",
          "parameters": [\(modelParameter(now))],
          "responses": {
            "200": \(json("The model; several as an object by name; null where none is served.", #"{"type": "object"}"#)),
            "404": \(error("There is no model of that name.")), "503": \(error("No model is served."))}}},
        \(openInference(now)),
        "/health/live": {"get": {"summary": "It answers", "responses": {"200": \(json("Alive.", status))}}},
        "/health/ready": {"get": {"summary": "Whether the stream runs",
          "responses": {"200": \(json("Ready.", status)), "503": \(json("Not ready, and why.", status))}}},
        "/metrics": {"get": {"summary": "Metrics for Prometheus", "responses": {"200": \(text("Metrics."))}}},
        "/openapi.json": {"get": {"summary": "This", "responses": {"200": \(json("This.", #"{"type": "object"}"#))}}}
        },
        "components": {"schemas": {
        \(rows(now))"Prediction": {"type": "object", "required": ["prediction", "probability", "model", "version"],
          "properties": {"prediction": {"enum": [0, 1]}, "probability": {"type": "number", "minimum": 0, "maximum": 1},
            "model": {"type": "string"}, "version": {"type": "integer", "minimum": 1}}},
        "Error": {"type": "object", "required": ["error"], "properties": {"error": {"type": "string"}}},
        \(tensors)
        }}}

        """
    }

    // MARK: /predict

    private static func predict(_ now: AskedModels.Table) -> String {
        let many = #"{"type": "array", "items": \#(reference("Prediction"))}"#
        return """
            "/predict": {"post": {"summary": "Predict one row, or several",
              "description": "The fields are the model's features; the content type is not looked at.",
              "parameters": [\(modelParameter(now))],
              "requestBody": {"required": true, "content": {"application/json": {"schema": \(body(now))}}},
              "responses": {
                "200": \(json("An object for an object, an array for an array.", #"{"oneOf": [\#(reference("Prediction")), \#(many)]}"#)),
                "400": \(error("The body is no JSON, or nobody can say which model is meant.")),
                "404": \(error("There is no model of that name.")),
                "408": \(tooSlow), "413": \(tooLarge),
                "422": \(error("A field is unknown, missing, twice there, or no number.")),
                "503": \(error("No model is served, or other requests fill the memory."))}}}
            """
    }

    /// Rows of any of the models: which one is meant is said elsewhere.
    private static func body(_ now: AskedModels.Table) -> String {
        let all = now.models.map { model in
            let row = reference("Row-\(model.served.name)")
            return #"\#(row), {"type": "array", "maxItems": \#(RowReader.mostRows), "items": \#(row)}"#
        }
        return all.isEmpty ? #"{"type": ["object", "array"]}"# : #"{"anyOf": [\#(all.joined(separator: ", "))]}"#
    }

    private static func rows(_ now: AskedModels.Table) -> String {
        let schemas = now.models.map { model in
            let fields = model.features.map { feature in
                let kind = feature.isFlag ? #"{"enum": [true, false, 0, 1]}"# : number
                return "\(quoted(feature.name)): \(kind)"
            }
            let names = model.features.map { quoted($0.name) }.joined(separator: ", ")
            return """
                "Row-\(model.served.name)": {"type": "object", "additionalProperties": false, "required": [\(names)],
                  "properties": {\(fields.joined(separator: ", "))}}
                """
        }
        return schemas.map { $0 + ",\n" }.joined()
    }

    /// What a 32-bit float holds.
    private static let number =
        #"{"type": "number", "minimum": -3.4028234663852886e38, "maximum": 3.4028234663852886e38}"#

    // MARK: The Open Inference Protocol

    private static func openInference(_ now: AskedModels.Table) -> String {
        let object = #"{"type": "object"}"#
        var paths = [
            #""/v2": {"get": {"summary": "The server", "responses": {"200": \#(json("Name and version.", object))}}}"#
        ]
        for what in ["live", "ready"] {
            paths.append(
                #""/v2/health/\#(what)": {"get": {"summary": "It answers", "responses": {"200": \#(json("Yes.", object))}}}"#
            )
        }
        let model = parameter("model", in: "path", now.models.map(\.served.name))
        let version = parameter("version", in: "path", Set(now.models.map { "\($0.served.version)" }).sorted())
        for (path, parameters) in [
            ("/v2/models/{model}", model), ("/v2/models/{model}/versions/{version}", "\(model), \(version)"),
        ] {
            let missing = #""404": \#(error("There is no such model or version."))"#
            let unserved = #""503": \#(error("It cannot be served, or too many ask for versions that must be read."))"#
            for (end, about) in [("", "Its tensors"), ("/ready", "It answers")] {
                paths.append(
                    """
                    "\(path)\(end)": {"get": {"summary": "\(about)", "parameters": [\(parameters)],
                      "responses": {"200": \(json("Yes.", object)), \(missing), \(unserved)}}}
                    """)
            }
            paths.append(
                """
                "\(path)/infer": {"post": {"summary": "Predict rows as tensors", "parameters": [\(parameters)],
                  "description": "With Inference-Header-Content-Length, tensors in binary follow the JSON.",
                  "requestBody": {"required": true, "content": {"application/json": {"schema": \(reference("InferRequest"))}}},
                  "responses": {"200": {"description": "The outputs.", "content": {
                      "application/json": {"schema": \(reference("InferResponse"))}, "application/octet-stream": {}}},
                    "400": \(error("No JSON, or tensors that do not fit.")), \(missing), "408": \(tooSlow),
                    "413": \(tooLarge), "415": \(error("The body is packed.")),
                    "503": \(error("It cannot be served, or other requests fill the memory."))}}}
                """)
        }
        return paths.joined(separator: ",\n")
    }

    private static let tensors = """
        "InferRequest": {"type": "object", "required": ["inputs"], "properties": {
            "id": {"type": ["string", "null"]}, "parameters": {"type": ["object", "null"]},
            "inputs": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name", "datatype", "shape"],
              "properties": {"name": {"type": "string", "minLength": 1}, "datatype": {"enum": ["FP32", "FP64", "INT64", "BOOL"]},
                "shape": {"type": "array", "items": {"type": "integer", "minimum": 0}, "minItems": 1, "maxItems": 2},
                "parameters": {"type": "object"}, "data": {"type": "array"}}}},
            "outputs": {"type": ["array", "null"], "items": {"type": "object", "required": ["name"],
              "properties": {"name": {"enum": ["probability", "prediction"]}, "parameters": {"type": "object"}}}}}},
        "InferResponse": {"type": "object", "required": ["model_name", "model_version", "outputs"], "properties": {
            "model_name": {"type": "string"}, "model_version": {"type": "string"}, "id": {"type": "string"},
            "outputs": {"type": "array", "items": {"type": "object", "required": ["name", "datatype", "shape"],
              "properties": {"name": {"enum": ["probability", "prediction"]}, "datatype": {"enum": ["FP64", "INT64"]},
                "shape": {"type": "array", "items": {"type": "integer"}}, "data": {"type": "array", "items": {"type": "number"}}}}}}}
        """

    // MARK: Parts

    private static func modelParameter(_ now: AskedModels.Table) -> String {
        parameter("model", in: "query", now.models.map(\.served.name))
    }

    private static func parameter(_ name: String, in place: String, _ values: [String]) -> String {
        let known = values.isEmpty ? "" : #", "enum": [\#(values.map(quoted).joined(separator: ", "))]"#
        return
            #"{"name": "\#(name)", "in": "\#(place)", "required": \#(place == "path"), "schema": {"type": "string"\#(known)}}"#
    }

    private static let status = #"{"type": "object", "required": ["status"]}"#
    private static let tooLarge = error("Too many rows, or too long a body.")
    private static let tooSlow = error("The request did not come whole in time.")

    private static func reference(_ schema: String) -> String { ##"{"$ref": "#/components/schemas/\##(schema)"}"## }

    private static func error(_ about: String) -> String { json(about, reference("Error")) }

    private static func json(_ about: String, _ schema: String) -> String {
        #"{"description": "\#(about)", "content": {"application/json": {"schema": \#(schema)}}}"#
    }

    private static func text(_ about: String) -> String {
        #"{"description": "\#(about)", "content": {"text/plain": {"schema": {"type": "string"}}}}"#
    }

    private static func quoted(_ text: String) -> String {
        var json = JSONWriter()
        json.value(text)
        return String(decoding: json.bytes, as: UTF8.self)
    }
}
