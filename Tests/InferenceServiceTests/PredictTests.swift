import CryptoCore
import Foundation
import ServiceKit
import ServiceRuntime
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

@Suite("Predictions over HTTP", .waiting)
struct PredictTests {
    private static let row = #"{"price":1,"quantity":2,"is_buy":1}"#

    @Test("an object is answered by an object with what the forest says, an array by an array, [] by []")
    func predict() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        let forest = try MadeModels.model().forest
        let values: [Float] = [1, 2, 1]
        let probability = forest.probability(values.span)
        let one = try running.ask("/predict", PredictTests.row)
        let text =
            #"{"prediction":\#(probability > 0.5 ? 1 : 0),"probability":\#(probability),"model":"direction","version":1}"#
        #expect(one.status == 200 && one.body == text)
        #expect(try running.ask("/predict", "[\(PredictTests.row),\(PredictTests.row)]").body == "[\(text),\(text)]")
        #expect(try running.ask("/predict", "[]").body == "[]")
        for type in ["text/plain", "application/x-www-form-urlencoded", "application/json", "nonsense"] {
            #expect(try running.ask("/predict", PredictTests.row, ["-H", "Content-Type: \(type)"]).body == text)
        }
    }

    @Test("what is wrong is said as JSON with its status")
    func refused() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        #expect(
            try running.object("/predict", #"{"price":NaN,"quantity":2,"is_buy":1}"#, status: 422)["error"] as? String
                == "price: must be a number, not NaN")
        #expect(
            try running.object("/predict", "", status: 400)["error"] as? String
                == "the body is empty: send an object or an array of objects")
        #expect(
            try running.object("/predict?model=other", PredictTests.row, status: 404)["error"] as? String
                == "there is no model other; there is direction")
        #expect(try running.ask("/predict").status == 405)
        let metrics = running.context.metrics.render()
        for reason in ["nan", "not_json", "unknown_model"] {
            #expect(metrics.contains(#"cryptostream_inference_http_refusals_total{reason="\#(reason)"} 1"#))
        }
    }

    @Test("the model is the one that is named, else the default one, else nobody can say which is meant")
    func which() throws {
        let running = try RunningInference {
            try $0.add("a", MadeModels.model(seed: 1))
            try $0.add("b", MadeModels.model(seed: 2))
        }
        #expect(try running.object("/predict?model=b", PredictTests.row)["model"] as? String == "b")
        #expect(
            try running.object("/predict", PredictTests.row, status: 400)["error"] as? String
                == "several models are served: name one by ?model=: a, b")
        try running.made.add("direction", MadeModels.model(seed: 3))
        running.models.look()
        #expect(try running.object("/predict", PredictTests.row)["model"] as? String == "direction")
        #expect(Set(try running.object("/model").keys) == ["a", "b", "direction"])
        let chosen = try RunningInference(["--default", "b"]) { try $0.add("b", MadeModels.model()) }
        #expect(try chosen.object("/predict", PredictTests.row)["model"] as? String == "b")
    }

    @Test("without a model it is healthy, and says how to train one; the first one answers without a restart")
    func none() throws {
        let running = try RunningInference { _ in }
        #expect(try running.object("/model")["model"] is NSNull)
        #expect(try running.object("/health/live")["model"] is NSNull)
        #expect(try running.object("/health/ready")["status"] as? String == "ready")
        #expect(try running.ask("/v2/health/ready").status == 200)
        let error = try #require(try running.object("/predict", PredictTests.row, status: 503)["error"] as? String)
        #expect(error.contains("trainer --preset direction --from sqlite:crypto.db --models \(running.made.path)"))
        try running.made.add("direction", MadeModels.model())
        running.models.look()
        #expect(try running.object("/predict", PredictTests.row)["version"] as? Int == 1)
        try running.made.add("direction", MadeModels.model(seed: 2))
        running.models.look()
        #expect(try running.object("/predict", PredictTests.row)["version"] as? Int == 2)
    }

    @Test("GET /model tells what is served, and what of it is wrong")
    func model() throws {
        let running = try RunningInference { try $0.add("direction", MadeModels.model()) }
        let said = try running.object("/model")
        let forest = try MadeModels.model().forest
        #expect(said["name"] as? String == "direction" && said["version"] as? Int == 1)
        #expect(said["hash"] as? String == running.models.snapshot.models[0].fileHash)
        #expect(
            said["features"] as? [String] == ["price", "quantity", "is_buy"] && said["preset"] as? String == "direction"
        )
        #expect(said["trees"] as? Int == 10 && said["leaves"] as? Int == forest.leafCount)
        let training = try #require(said["training"] as? [String: Any])
        #expect(training["from"] as? Int == 1_763_683_200_000 && training["until"] as? Int == 1_763_769_600_000)
        #expect(training["series"] as? [String] == ["made:BTC-USD"])
        #expect((said["metrics"] as? [String: Any])?["verdict"] as? String == "made up")
        #expect(said["problem"] == nil)
        try running.made.add("direction", MadeModels.model(seed: 2))
        try Data("no model".utf8).write(to: URL(fileURLWithPath: running.made.file("direction", 2)))
        running.models.look()
        let broken = try running.object("/model")
        #expect(broken["version"] as? Int == 1)
        #expect((broken["problem"] as? String)?.contains("direction/2/model.bin: this is not a model file") == true)
    }

    @Test("GET /model tells of a model that is broken and never was served, beside those that are")
    func neverServed() throws {
        let running = try RunningInference(["--shadow", "direction:7"]) {
            try $0.add("direction", MadeModels.model())
            try $0.add("bad", MadeModels.model())
            try Data("no model".utf8).write(to: URL(fileURLWithPath: $0.file("bad", 1)))
        }
        let said = try running.object("/model")
        #expect(Set(said.keys) == ["direction", "bad"], "a shadow is no model of its own")
        #expect((said["direction"] as? [String: Any])?["version"] as? Int == 1)
        let bad = try #require(said["bad"] as? [String: Any])
        #expect(bad["name"] as? String == "bad" && bad["features"] == nil)
        #expect((bad["problem"] as? String)?.contains("bad/1/model.bin: this is not a model file") == true)
        for path in ["/v2/models/bad", "/v2/models/bad/ready", "/v2/models/bad/versions/1/ready"] {
            let error = try running.object(path, status: 503)["error"] as? String
            #expect(error?.contains("this is not a model file") == true, "\(path): \(error ?? "")")
        }
        #expect(try running.object("/predict?model=bad", PredictTests.row, status: 503)["error"] != nil)
        try FileManager.default.removeItem(atPath: "\(running.made.path)/bad")
        running.models.look()
        #expect(try running.object("/model")["name"] as? String == "direction")
    }

    @Test("many rows at once are what each is alone, bit for bit")
    func batch() throws {
        let model = try MadeModels.model(seed: 5)
        var random = SplitMix64(seed: 5)
        let values = (0..<3 * 700).map { _ in Float(Double.random(in: -1...11, using: &random)) }
        let together = model.forest.probabilities(rows: values)
        #expect(together.count == 700)
        for row in 0..<700 {
            #expect(together[row] == model.forest.probability(Array(values[row * 3..<row * 3 + 3]).span))
        }
        let holes: [Float] = [.nan, 2, 1, 1, 2, 1]
        #expect(model.forest.probabilities(rows: holes)[0] == model.forest.probability(Array(holes[..<3]).span))
        #expect(model.forest.probabilities(rows: []).isEmpty)
    }
}
