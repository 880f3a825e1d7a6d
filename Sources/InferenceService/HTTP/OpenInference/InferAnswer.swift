internal import CryptoCore
internal import HTTPServer
internal import ServiceRuntime

/// The answer of the Open Inference Protocol: JSON, and outputs in binary behind it where they are asked for so.
struct InferAnswer {
    /// What a model says of each row, as outputs are called.
    enum Output: String, CaseIterable {
        case probability, prediction

        var datatype: String { self == .probability ? "FP64" : "INT64" }
    }

    /// How long the JSON is, where bytes follow it.
    static let lengthHeader = "Inference-Header-Content-Length"

    private let model: AskedModel
    private let request: InferRequest
    private let outputs: [(output: Output, isBinary: Bool)]

    /// - Throws: `.tensor`, where an output is asked for that there is not, or twice.
    init(_ request: InferRequest, _ model: AskedModel) throws(Refusal) {
        var outputs: [(Output, Bool)] = []
        let asked = request.outputs ?? Output.allCases.map { InferRequest.Output(name: $0.rawValue) }
        for one in asked {
            guard let output = Output(rawValue: one.name) else {
                let all = Output.allCases.map(\.rawValue).joined(separator: ", ")
                throw .tensor("there is no output \(Refusal.shown(one.name)); there are \(all)")
            }
            // An answer is as long as its rows, and no longer.
            guard !outputs.contains(where: { $0.0 == output }) else {
                throw .tensor("the output \(output.rawValue) is asked for twice")
            }
            outputs.append((output, one.isBinary ?? request.wantsBinary))
        }
        (self.model, self.request, self.outputs) = (model, request, outputs)
    }

    func response(_ probabilities: [Double]) -> HTTPResponse {
        var json = JSONWriter(reservingBytes: 256 + 40 * probabilities.count)
        json.beginObject()
        json.field("model_name", model.served.name)
        json.field("model_version", "\(model.served.version)")
        if let id = request.id { json.field("id", id) }
        json.key("outputs")
        json.beginArray()
        for (output, isBinary) in outputs { write(output, isBinary, probabilities, to: &json) }
        json.endArray()
        json.endObject()
        guard outputs.contains(where: \.isBinary) else { return .json(json.bytes) }
        var bytes = json.bytes
        for (output, isBinary) in outputs where isBinary {
            for probability in probabilities {
                let bits =
                    output == .probability ? probability.bitPattern : UInt64(Forest.outcome(of: probability))
                withUnsafeBytes(of: bits.littleEndian) { bytes.append(contentsOf: $0) }
            }
        }
        return HTTPResponse(
            contentType: "application/octet-stream", body: bytes,
            headers: [(InferAnswer.lengthHeader, "\(json.bytes.count)")])
    }

    private func write(_ output: Output, _ isBinary: Bool, _ probabilities: [Double], to json: inout JSONWriter) {
        json.beginObject()
        json.field("name", output.rawValue)
        json.field("datatype", output.datatype)
        json.key("shape")
        json.beginArray()
        json.value(Int64(probabilities.count))
        json.endArray()
        if isBinary {
            json.key("parameters")
            json.beginObject()
            json.field("binary_data_size", Int64(8 * probabilities.count))
            json.endObject()
        } else {
            json.key("data")
            json.beginArray()
            for probability in probabilities {
                switch output {
                case .probability: json.value(probability)
                case .prediction: json.value(Int64(Forest.outcome(of: probability)))
                }
            }
            json.endArray()
        }
        json.endObject()
    }
}
