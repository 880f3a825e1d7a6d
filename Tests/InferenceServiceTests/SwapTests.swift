import CryptoCore
import Foundation
import ServiceRuntime
import Synchronization
import System
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

/// What readers saw: which versions, and answers that no version gives.
private final class Seen: Sendable {
    private let seen = Mutex((versions: Set<Int>(), wrong: [String]()))

    func add(_ version: Int, _ probability: Double, _ wanted: [Double]) {
        seen.withLock { seen in
            seen.versions.insert(version)
            if probability != wanted[version - 1], seen.wrong.count < 5 {
                seen.wrong.append("version \(version): \(probability)")
            }
        }
    }

    var versions: Set<Int> { seen.withLock { $0.versions } }
    var wrong: [String] { seen.withLock { $0.wrong } }
}

@Suite("Readers while models are swapped", .waiting)
struct SwapTests {
    private static let row: [Float] = [1, 2, 1]

    /// A service of two versions, and what each says of the row.
    private func running() throws -> (RunningInference, [Double]) {
        let running = try RunningInference {
            for seed in 1...2 { try $0.add("direction", MadeModels.model(seed: UInt64(seed))) }
        }
        let wanted = try (1...2).map { try MadeModels.model(seed: UInt64($0)).forest.probability(Self.row.span) }
        try #require(wanted[0] != wanted[1])
        return (running, wanted)
    }

    /// Serves the one version and the other in turn, until enough was seen.
    private func swap(_ running: RunningInference, until isEnough: (Int) throws -> Bool) throws {
        let folder = running.made.folder("direction")
        var swaps = 0
        let isDone = try waitUntil(seconds: 60) {
            try folder.use(swaps % 2 + 1)
            running.models.look()
            swaps += 1
            return try isEnough(swaps)
        }
        #expect(isDone)
    }

    @Test("every reader's probability is that of the version it says, on whatever thread")
    func threads() throws {
        let (running, wanted) = try running()
        let asked = AskedModels(running.models, RequestMetrics(running.context))
        let seen = Seen(), stop = StopFlag()
        let threads = (0..<4).map { _ in
            System.Thread(name: "reader") {
                while !stop.isRequested {
                    guard let model = asked.now.standard else { throw Failure("no model is served") }
                    seen.add(model.served.version, model.forest.probability(Self.row.span), wanted)
                }
            }
        }
        try swap(running) { $0 >= 200 && seen.versions == [1, 2] }
        stop.request()
        for thread in threads {
            guard case .finished = thread.join(ms: 10_000) else { throw Failure("a reader ended otherwise") }
        }
        #expect(seen.wrong == [] && seen.versions == [1, 2])
    }

    @Test("every answer's probability is that of the version it says, over one connection")
    func client() throws {
        let (running, wanted) = try running()
        let script = """
            import http.client, json, sys
            client, seen = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20), set()
            for _ in range(3000):
                client.request("POST", "/predict", '{"price":1,"quantity":2,"is_buy":1}')
                said = json.loads(client.getresponse().read())
                seen.add((said["version"], said["probability"]))
            print("\\n".join(f"{version} {probability!r}" for version, probability in sorted(seen)))
            """
        let client = try ChildProcess("python3", ["-c", script, "\(running.port)"])
        try swap(running) { _ in !client.isRunning }
        let lines = try client.wait(seconds: 5).output.split(separator: "\n")
        try #require(lines.count == 2, "\(lines)")
        for (line, probability) in zip(lines, wanted) {
            #expect(Double(line.split(separator: " ")[1]) == probability, "\(lines) instead of \(wanted)")
        }
    }
}
