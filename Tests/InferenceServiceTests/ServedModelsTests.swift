import CryptoCore
import Foundation
import ServiceKit
import System
import TestTraits
import Testing

@testable import InferenceService
@testable import ServiceRuntime

@Suite("The models that are served", .waiting)
struct ServedModelsTests {
    private let made = MadeModels()

    private func served(
        _ preferred: String? = nil, shadows: [String] = []
    ) throws -> (ServedModels, ServiceContext, LogLines) {
        let (context, lines) = try made.context()
        let choice = ServedModels.Choice(
            folder: made.path, preferred: preferred, shadows: shadows.compactMap(VersionName.init))
        return (ServedModels(context, choice, follows: false), context, lines)
    }

    private func versions(_ models: ServedModels) -> [String] {
        models.snapshot.models.map { "\($0.name):\($0.version)" }
    }

    @Test("without a folder there is no model, which is no fault, and the first one is taken up when it comes")
    func none() throws {
        let (models, context, _) = try served()
        #expect(versions(models).isEmpty && models.snapshot.named(nil) == nil)
        #expect(context.health.isReady && context.health.live().body == #"{"status":"live","model":null}"# + "\n")
        #expect(context.health.readiness().body.contains("no model is served"))
        try made.add("horizon", MadeModels.model())
        models.look()
        #expect(versions(models) == ["horizon:1"] && models.snapshot.named(nil)?.name == "horizon")
        #expect(context.health.live().body == #"{"status":"live","model":"horizon:1"}"# + "\n")
    }

    @Test("the model that answers where none is named: the preferred one, else direction, else the only one")
    func standard() throws {
        try made.add("a", MadeModels.model())
        #expect(try served().0.snapshot.defaultName == "a")
        try made.add("b", MadeModels.model())
        #expect(try served().0.snapshot.defaultName == nil)
        #expect(try served().0.snapshot.named(nil) == nil)
        try made.add("direction", MadeModels.model())
        #expect(try served().0.snapshot.defaultName == "direction")
        #expect(try served("b").0.snapshot.named(nil)?.name == "b")
        #expect(try served("c").0.snapshot.named(nil) == nil)
        #expect(try served().0.snapshot.named("a")?.name == "a")
    }

    @Test("the hash is the first half of what sha256sum prints")
    func hash() throws {
        try made.add("a", MadeModels.model())
        let sum = Process()
        let output = Pipe()
        sum.executableURL = URL(fileURLWithPath: "/usr/bin/sha256sum")
        sum.arguments = [made.file("a", 1)]
        sum.standardOutput = output
        try sum.run()
        let text = String(decoding: try #require(try output.fileHandleForReading.readToEnd()), as: UTF8.self)
        #expect(try served().0.snapshot.models.first?.fileHash == String(text.prefix(16)))
    }

    @Test("a change of current is taken up, back and forth, and readers see it by the generation")
    func swap() throws {
        try made.add("a", MadeModels.model(seed: 1))
        let (models, context, _) = try served()
        let first = models.generation
        models.look()
        #expect(models.generation == first && versions(models) == ["a:1"])
        try made.add("a", MadeModels.model(seed: 2))
        models.look()
        #expect(models.generation > first && versions(models) == ["a:2"])
        #expect(models.snapshot.generation == models.generation)
        try made.folder("a").use(1)
        models.look()
        #expect(versions(models) == ["a:1"])
        #expect(context.metrics.render().contains(#"cryptostream_inference_model_loads_total{model="a"} 3"#))
        try FileManager.default.removeItem(atPath: "\(made.path)/a")
        models.look()
        #expect(versions(models).isEmpty && models.snapshot.named(nil) == nil)
        #expect(context.metrics.render().contains(#"cryptostream_inference_model_version{model="a"} 0"#))
    }

    @Test("a version that is written anew under its number is taken up, too")
    func rewritten() throws {
        try made.add("a", MadeModels.model(seed: 1))
        let models = try served().0
        let before = try #require(models.snapshot.models.first?.fileHash)
        try FileManager.default.removeItem(atPath: "\(made.path)/a")
        try made.add("a", MadeModels.model(seed: 2))
        models.look()
        #expect(versions(models) == ["a:1"] && models.snapshot.models.first?.fileHash != before)
    }

    /// What somebody may find in the place of a model.
    enum Damage: String, CaseIterable, Sendable { case text, empty, cut, flipped, golden, gone, nonsense, folder }

    private func damage(_ damage: Damage) throws {
        let file = made.file("a", 2)
        var bytes = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let files = FileManager.default
        switch damage {
        case .text: bytes = Array("no model at all".utf8)
        case .empty: bytes = []
        case .cut: bytes.removeLast(100)
        case .flipped: bytes[bytes.count / 2] ^= 1
        case .golden:
            var model = try MadeModels.model(seed: 2)
            model.golden[0].probability += 0.25
            bytes = ModelFile.encode(model)
        case .gone: return try files.removeItem(atPath: file)
        case .nonsense:
            return try "two\n".write(toFile: "\(made.path)/a/current", atomically: false, encoding: .utf8)
        case .folder:
            try files.removeItem(atPath: file)
            return try files.createDirectory(atPath: file, withIntermediateDirectories: false)
        }
        try Data(bytes).write(to: URL(fileURLWithPath: file))
    }

    @Test(
        "one that cannot be served leaves the one before in place, says why once, and is forgiven when it is mended",
        arguments: Damage.allCases)
    func broken(damage: Damage) throws {
        try made.add("a", MadeModels.model(seed: 1))
        let (models, context, lines) = try served()
        let hash = models.snapshot.models.first?.fileHash
        try made.add("a", MadeModels.model(seed: 2))
        try self.damage(damage)
        for _ in 0..<3 { models.look() }
        #expect(versions(models) == ["a:1"] && models.snapshot.models.first?.fileHash == hash)
        let problem = try #require(models.snapshot.problems["a"])
        #expect(problem.contains("by trainer --use a:VERSION"), "\(problem)")
        #expect(lines.count(containing: "cannot serve a model") == 1)
        #expect(context.metrics.render().contains(#"cryptostream_inference_model_refusals_total{model="a"} 1"#))
        #expect(context.health.isReady && context.health.readiness().body.contains("ready; a: "))
        try made.folder("a").use(1)
        models.look()
        #expect(versions(models) == ["a:1"] && models.snapshot.problems.isEmpty)
        #expect(!context.health.readiness().body.contains("a: "))
    }

    @Test("a model with two features of one name is none that can be asked")
    func twins() throws {
        try made.add("a", MadeModels.model(features: ["x", "y", "x"]))
        let models = try served().0
        #expect(versions(models).isEmpty && models.snapshot.problems["a"]?.contains("the same name") == true)
    }

    @Test("a model whose features or spreads are not its preset's is none that can be asked")
    func misfits() throws {
        try made.add("a", MadeModels.model(features: ["price", "quantity", "is_buy", "x"]))
        try made.add("b", MadeModels.model(features: ["quantity", "price", "is_buy"]))
        var model = try MadeModels.model()
        model.spreads = [FeatureSpread(mean: 0, standardDeviation: 1, edges: [], shares: [1])]
        try made.add("c", model)
        model.spreads = [0, 1, 2].map { _ in
            FeatureSpread(mean: 0, standardDeviation: 1, edges: [0, 1], shares: [0.5, 0.5])
        }
        try made.add("d", model)
        try made.add("of-others", MadeModels.model(preset: "theirs", features: ["x", "y"]))
        model = try MadeModels.model()
        model.golden = []
        try made.add("e", model)
        let models = try served().0
        #expect(versions(models) == ["of-others:1"])
        let problems = models.snapshot.problems
        #expect(problems["a"]?.contains("not those of direction") == true && problems["b"] != nil)
        #expect(problems["c"]?.contains("spread") == true && problems["d"]?.contains("spread") == true)
        #expect(problems["e"]?.contains("it has no golden rows") == true, "nobody could tell whether it is damaged")
    }

    @Test("a problem that is gone is told no more, and a default model that is not there is told")
    func told() throws {
        try made.add("a", MadeModels.model())
        try made.add("bad", MadeModels.model(features: ["x"]))
        let (models, context, _) = try served("horizon")
        #expect(context.health.readiness().body.contains("the default model horizon is not served; there is a"))
        #expect(models.snapshot.problems["bad"] != nil)
        try FileManager.default.removeItem(atPath: "\(made.path)/bad")
        models.look()
        #expect(models.snapshot.problems.isEmpty && !context.health.readiness().body.contains("bad"))
    }

    @Test("other files, and folders without a served version, are left alone")
    func foreign() throws {
        try made.add("a", MadeModels.model())
        try made.add("never", MadeModels.model(), .never)
        try "x".write(toFile: "\(made.path)/notes.txt", atomically: false, encoding: .utf8)
        try FileManager.default.createDirectory(atPath: "\(made.path)/.git", withIntermediateDirectories: false)
        let models = try served().0
        #expect(versions(models) == ["a:1"] && models.snapshot.problems.isEmpty)
    }

    @Test("while the folder of all models is away, what was served is served on")
    func away() throws {
        try made.add("a", MadeModels.model())
        let (models, context, lines) = try served()
        try FileManager.default.moveItem(atPath: made.path, toPath: made.path + "-away")
        defer { try? FileManager.default.removeItem(atPath: made.path + "-away") }
        for _ in 0..<3 { models.look() }
        #expect(versions(models) == ["a:1"] && lines.count(containing: "cannot look for models") == 1)
        #expect(context.health.readiness().body.contains("there is no folder"))
        try FileManager.default.moveItem(atPath: made.path + "-away", toPath: made.path)
        models.look()
        #expect(versions(models) == ["a:1"] && !context.health.readiness().body.contains("there is no folder"))
    }

    @Test("shadows are served beside, as soon as they are there; any version is found by its number")
    func shadows() throws {
        try made.add("a", MadeModels.model(seed: 1))
        let (models, _, _) = try served(shadows: ["a:2"])
        #expect(models.snapshot.shadows.isEmpty && models.snapshot.problems["a:2"] != nil)
        for seed in 2...9 { try made.add("a", MadeModels.model(seed: UInt64(seed)), .never) }
        models.look()
        #expect(models.snapshot.shadows.map(\.version) == [2] && models.snapshot.problems.isEmpty)
        #expect(versions(models) == ["a:1"])
        for _ in 0..<2 { for version in 1...9 { #expect(try asked(models, "a:\(version)")?.version == version) } }
        for name in ["a:10", "b:1"] { #expect(try asked(models, name) == nil, "\(name)") }
    }

    private func asked(_ models: ServedModels, _ name: String) throws -> ServedModel? {
        try models.version(#require(VersionName(name)))
    }

    @Test("a version that was asked for is as good as its file: written anew, damaged, mended or gone")
    func versionsOfFiles() throws {
        for seed in 1...3 { try made.add("a", MadeModels.model(seed: UInt64(seed))) }
        let models = try served().0
        let first = try #require(try asked(models, "a:1"))
        #expect(try asked(models, "a:1") === first, "nothing changed")
        let file = URL(fileURLWithPath: made.file("a", 1))
        let bytes = try Data(contentsOf: file)
        // Of the same length, and perhaps in the same millisecond.
        try Data(contentsOf: URL(fileURLWithPath: made.file("a", 2))).write(to: file)
        #expect(try asked(models, "a:1")?.fileHash == asked(models, "a:2")?.fileHash)
        try Data("no model".utf8).write(to: file)
        let error = #expect(throws: ModelFolderError.self) { try asked(models, "a:1") }
        #expect(error?.description.contains("a/1/model.bin: this is not a model file") == true)
        try bytes.write(to: file)
        #expect(try asked(models, "a:1")?.fileHash == first.fileHash)
        try FileManager.default.removeItem(at: file)
        #expect(try asked(models, "a:1") == nil && models.versions(of: "a") == [2, 3])
    }

    @Test("of the versions that were asked for as many are kept as fit, those asked for last")
    func versionsKept() throws {
        for seed in 1...4 { try made.add("a", MadeModels.model(seed: UInt64(seed))) }
        let read = try (1...4).map { version in
            (
                try ServedModel(made.folder("a"), version: version),
                try FileStamp(path: made.file("a", version))
            )
        }
        var cache = VersionCache(mostBytes: read[0].1.count + read[1].1.count + read[2].1.count)
        for (model, stamp) in read[..<3] { cache.keep(model, stamp) }
        #expect(cache.find("a", 1, read[0].1) === read[0].0)
        cache.keep(read[3].0, read[3].1)
        #expect(cache.find("a", 2, read[1].1) == nil, "nobody asked for it since longest")
        #expect(cache.find("a", 1, read[0].1) != nil && cache.find("a", 4, read[3].1) != nil)
        #expect(cache.find("a", 1, read[1].1) == nil, "another stamp is another file")
        #expect(cache.find("a", 1, read[0].1) == nil, "which is then forgotten")
        var small = VersionCache(mostBytes: 1)
        small.keep(read[0].0, read[0].1)
        #expect(small.count == 0)
    }

    @Test("the thread takes up a change of current within two seconds")
    func thread() throws {
        try made.add("a", MadeModels.model(seed: 1))
        let (context, _) = try made.context()
        let models = ServedModels(context, ServedModels.Choice(folder: made.path))
        defer { context.stop.request() }
        try made.add("a", MadeModels.model(seed: 2))
        let clock = SystemClock()
        let start = clock.monotonicMs()
        #expect(context.stop.wait(ms: 10_000) { models.snapshot.models.first?.version == 2 })
        #expect(clock.monotonicMs() - start < 2_000)
    }
}
