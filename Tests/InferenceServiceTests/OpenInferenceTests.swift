import CryptoCore
import Foundation
import ServiceKit
import ServiceRuntime
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

@Suite("The Open Inference Protocol", .waiting)
struct OpenInferenceTests {
    private static let path = "/v2/models/direction/infer"
    private let features: [AskedModel.Feature]

    init() throws {
        let (context, _) = try MadeModels().context()
        let served = ServedModel(
            try MadeModels.model(), name: "direction", version: 1, fileHash: "0123456789abcdef")
        features = AskedModel(served, RequestMetrics(context)).features
    }

    /// The rows of a message, or why there are none.
    private func rows(_ message: [UInt8], jsonCount: Int? = nil) -> Result<[Float], Refusal> {
        do throws(Refusal) {
            let request = try InferRequest(message.span.bytes, jsonCount: jsonCount ?? message.count)
            return .success(try InferRows(request, features, message.span.bytes).values)
        } catch { return .failure(error) }
    }

    private func rows(_ inputs: String) -> Result<[Float], Refusal> { rows(Array(#"{"inputs":[\#(inputs)]}"#.utf8)) }

    @Test("rows may be flat or nested, and columns come by their names in any order")
    func forms() throws {
        let wanted: [Float] = [1, 2, 1, 3, 4.5, 0]
        for inputs in [
            #"{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,1,3,4.5,0]}"#,
            #"{"data":[[1,2,1],[3,4.5,0]],"datatype":"FP64","shape":[2,3],"name":"x"}"#,
            #"""
            {"name":"is_buy","shape":[2],"datatype":"BOOL","data":[true,false]},
            {"name":"price","shape":[2,1],"datatype":"INT64","data":[[1],[3]]},
            {"name":"quantity","shape":[2],"datatype":"FP64","data":[2,4.5]}
            """#,
        ] { #expect(try rows(inputs).get() == wanted, "\(inputs)") }
    }

    @Test(
        "a tensor whose shape lies, or that is not what the model takes, is refused with words",
        arguments: [
            (#"{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,1]}"#, "has 3 values, and its shape has 6"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,1,4]}"#, "has more values, and its shape has 3"),
            (
                #"{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2],[1,2,1,1]]}"#,
                "a list in its data has 2 elements, and its shape says 3"
            ),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":[[[1,2,1]]]}"#, "nested deeper than its shape"),
            (#"{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,1],1,2,1]}"#, "has values beside lists"),
            (#"{"name":"x","shape":[2,3],"datatype":"FP32","data":[1,2,1,[1,2,1]]}"#, "has values beside lists"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":[[1,[2],1]]}"#, "has values beside lists"),
            (
                #"{"name":"x","shape":[2,3],"datatype":"FP32","data":[[1,2,1],[1,2,1],[]]}"#,
                "a list in its data has 0 elements"
            ),
            (#"{"name":"price","shape":[2],"datatype":"FP64","data":[[1],[2]]}"#, "nested deeper than its shape"),
            (
                #"{"name":"x","shape":[1,2],"datatype":"FP32","data":[1,2]}"#,
                "has 2 columns, and the model has 3: price, quantity, is_buy"
            ),
            (#"{"name":"x","shape":[-1,3],"datatype":"FP32","data":[]}"#, "shape must be whole numbers of at least 0"),
            (#"{"name":"x","shape":[1.5,3],"datatype":"FP32","data":[]}"#, "shape must be whole numbers of at least 0"),
            (#"{"name":"x","shape":["1",3],"datatype":"FP32","data":[]}"#, "shape must be whole numbers"),
            (#"{"name":"x","shape":3,"datatype":"FP32","data":[1,2,1]}"#, "shape must be a list"),
            (#"{"name":"x","shape":[3],"datatype":"FP32","data":[1,2,1]}"#, "the input x is none of the model's"),
            (#"{"name":"x","shape":[1,1,3],"datatype":"FP32","data":[1,2,1]}"#, "the input x is none of the model's"),
            (#"{"name":"x","datatype":"FP32","data":[1,2,1]}"#, "has no shape"),
            (#"{"shape":[1,3],"datatype":"FP32","data":[1,2,1]}"#, "an input has no name"),
            (#"{"name":"x","shape":[1,3],"data":[1,2,1]}"#, "its datatype must be one of FP32, FP64, INT64, BOOL"),
            (#"{"name":"x","shape":[1,3],"datatype":"BYTES","data":["1","2","1"]}"#, "its datatype must be one of"),
            (#"{"name":"x","shape":[1,3],"datatype":"INT64","data":[1,2,1]}"#, "a tensor of rows is of FP32 or FP64"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32"}"#, "the input x has no data"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":{}}"#, "its data must be a list"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,null,1]}"#, "its data must be values of FP32"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,1e39,1]}"#, "quantity: is too large"),
            (#"{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,3]}"#, "is_buy: must be true, false, 0 or 1"),
            (
                #"{"name":"x","shape":[1,3],"datatype":"FP32","parameters":{"binary_data_size":12}}"#,
                "only 0 lie behind the JSON"
            ),
            (
                #"{"name":"x","shape":[1,3],"datatype":"FP32","data":[1,2,1],"parameters":{"binary_data_size":0}}"#,
                "leave one out"
            ),
            (#"{"name":"price","shape":[1],"datatype":"FP64","data":[1]}"#, "the input quantity is missing"),
            (
                #"{"name":"price","shape":[1],"datatype":"FP64","data":[1]},{"name":"price","shape":[1],"datatype":"FP64","data":[1]}"#,
                "the input price stands there twice"
            ),
            (
                #"{"name":"price","shape":[1],"datatype":"FP64","data":[1]},{"name":"quantity","shape":[2],"datatype":"FP64","data":[1,2]}"#,
                "the input quantity has 2 rows, and one before it 1"
            ),
            ("7", "an input must be an object"), ("", "the input price is missing"),
        ])
    func lies(inputs: String, wanted: String) {
        guard case .failure(.tensor(let text)) = rows(inputs) else {
            Issue.record("\(rows(inputs))")
            return
        }
        #expect(text.contains(wanted), "\(text)")
    }

    @Test("a shape of more rows than a request may have takes no memory")
    func huge() {
        for count in ["10001", "9007199254740992", "99999999999999999999"] {
            let inputs = #"{"name":"x","shape":[\#(count),3],"datatype":"FP64","data":[1,2,1]}"#
            switch rows(inputs) {
            case .failure(.tooManyRows), .failure(.tensor): break
            default: Issue.record("\(count)")
            }
        }
    }

    /// The same rows behind the JSON.
    private func binaryMessage() -> (bytes: [UInt8], jsonCount: Int) {
        let json = Array(
            #"{"inputs":[{"name":"x","shape":[2,3],"datatype":"FP32","parameters":{"binary_data_size":24}}]}"#.utf8)
        let values: [Float] = [1, 2, 1, 3, 4.5, 0]
        let data = values.flatMap { value in withUnsafeBytes(of: value.bitPattern.littleEndian) { Array($0) } }
        return (json + data, json.count)
    }

    @Test("bytes behind the JSON are little-endian, and any that are missing or too many are told")
    func binary() throws {
        let (bytes, jsonCount) = binaryMessage()
        #expect(try rows(bytes, jsonCount: jsonCount).get() == [1, 2, 1, 3, 4.5, 0])
        for count in jsonCount..<bytes.count {
            guard case .failure(.tensor(let text)) = rows(Array(bytes[..<count]), jsonCount: jsonCount) else {
                Issue.record("\(count) bytes are taken")
                continue
            }
            #expect(text.contains("only \(count - jsonCount) lie behind the JSON"))
        }
        guard case .failure(.tensor(let text)) = rows(bytes + [0], jsonCount: jsonCount) else {
            Issue.record("a byte too many is taken")
            return
        }
        #expect(text.contains("1 bytes lie behind the inputs"))
    }

    @Test(
        "messages of bytes that somebody changed at random are answered, whatever they are", arguments: UInt64(0)..<300)
    func changed(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var (bytes, jsonCount) = binaryMessage()
        for _ in 0..<Int.random(in: 1...5, using: &random) {
            bytes[Int.random(in: bytes.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        jsonCount =
            Int.random(in: 0...3, using: &random) == 0 ? Int.random(in: 0...bytes.count, using: &random) : jsonCount
        if case .success(let values) = rows(bytes, jsonCount: jsonCount) {
            #expect(values.count % 3 == 0 && values.allSatisfy(\.isFinite))
        }
    }

    @Test("null is as good as nothing for what may be left out, and an empty list of outputs asks for all")
    func nulls() throws {
        let input = #"{"name":"x","shape":[1,3],"datatype":"FP64","data":[1,2,1],"parameters":null}"#
        for more in [
            #""id":null"#, #""parameters":null"#, #""outputs":null"#, #""outputs":[]"#,
            #""id":null,"parameters":null,"outputs":[]"#,
        ] {
            let message = Array(#"{"inputs":[\#(input)],\#(more)}"#.utf8)
            let request = try InferRequest(message.span.bytes, jsonCount: message.count)
            #expect(request.id == nil && request.outputs == nil && !request.wantsBinary, "\(more)")
            #expect(try rows(message).get() == [1, 2, 1])
        }
        let named = Array(#"{"inputs":[\#(input)],"outputs":[{"name":"prediction","parameters":null}]}"#.utf8)
        let request = try InferRequest(named.span.bytes, jsonCount: named.count)
        #expect(request.outputs == [InferRequest.Output(name: "prediction", isBinary: nil)])
        for wrong in [#""id":7"#, #""outputs":{}"#, #""outputs":[null]"#, #""parameters":[]"#] {
            guard case .failure(.tensor) = rows(Array(#"{"inputs":[\#(input)],\#(wrong)}"#.utf8)) else {
                Issue.record("\(wrong) is taken")
                continue
            }
        }
    }

    @Test("an output is asked for once: an answer is as long as its rows")
    func outputOnce() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        func ask(_ outputs: [String]) throws -> (status: Int, body: String) {
            let list = outputs.map { #"{"name":"\#($0)"}"# }.joined(separator: ",")
            let answer = try running.ask(
                "/v2/models/direction/infer",
                #"{"inputs":[{"name":"x","shape":[1,3],"datatype":"FP64","data":[1,2,1]}],"outputs":[\#(list)]}"#)
            return (answer.status, answer.body)
        }
        #expect(try ask(["prediction", "probability"]).status == 200)
        let twice = try ask(["probability", "prediction", "probability"])
        #expect(twice.status == 400 && twice.body.contains("the output probability is asked for twice"), "\(twice)")
    }

    @Test("every version has its tensors, its readiness and its answer; what is not there is 404")
    func versions() throws {
        let running = try RunningInference {
            try $0.add("direction", MadeModels.model(seed: 1))
            try $0.add("direction", MadeModels.model(seed: 2))
        }
        #expect(try running.object("/v2/models/direction")["versions"] as? [String] == ["1", "2"])
        let request = #"{"id":"7","inputs":[{"name":"x","shape":[1,3],"datatype":"FP64","data":[1,2,1]}]}"#
        let values: [Float] = [1, 2, 1]
        for (path, seed) in [("", 2), ("/versions/1", 1), ("/versions/2", 2)] as [(String, UInt64)] {
            let said = try running.object("/v2/models/direction\(path)/infer", request)
            #expect(said["model_version"] as? String == "\(seed)" && said["id"] as? String == "7")
            let outputs = try #require(said["outputs"] as? [[String: Any]])
            #expect(outputs.map { $0["name"] as? String } == ["probability", "prediction"])
            let probability = try MadeModels.model(seed: seed).forest.probability(values.span)
            #expect(outputs[0]["shape"] as? [Int] == [1])
            let text = try running.ask("/v2/models/direction\(path)/infer", request).body
            #expect(text.contains("\"data\":[\(probability)]"), "\(text)")
            #expect(try running.ask("/v2/models/direction\(path)/ready").status == 200)
        }
        for path in [
            "/v2/models/x", "/v2/models/direction/versions/3", "/v2/models/direction/versions/01",
            "/v2/models/..%2Fx/versions/1",
        ] {
            #expect(try running.ask(path).status == 404 && running.ask("\(path)/ready").status == 404, "\(path)")
            #expect(try running.ask("\(path)/infer", request).status == 404)
        }
        try Data("no model".utf8).write(to: URL(fileURLWithPath: running.made.file("direction", 1)))
        for (path, body) in [("", nil), ("/ready", nil), ("/infer", request)] {
            let said = try running.object("/v2/models/direction/versions/1\(path)", body, status: 503)
            #expect((said["error"] as? String)?.contains("direction:1 cannot be served") == true, "\(said)")
        }
        #expect(try running.ask("/v2/models/direction/infer").status == 405)
        #expect(try running.ask("/v2/models/direction/infer", "{").status == 400)
        #expect(
            try running.ask("/v2/models/direction/infer", request, ["-H", "Inference-Header-Content-Length: 9999"])
                .status == 400)
        #expect(try running.ask("/v2/models/direction/infer", request, ["-H", "Content-Encoding: gzip"]).status == 415)
    }
}
