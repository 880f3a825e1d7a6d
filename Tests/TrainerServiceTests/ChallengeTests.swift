import CryptoCore
import ServiceRuntime
import System
import Testing

@testable import TrainerService

@Suite("Champion and challenger")
struct ChallengeTests {
    /// Forty-eight hours, after which the price behaves as `later` says for as long.
    private static func rows(later: Double) -> RowTable {
        let ticks =
            MadeTicks(following: 0.8).ticks(hours: 0..<48) + MadeTicks(following: later).ticks(hours: 48..<96)
        return .history(ticks.compactMap { Observation($0) }, .direction, series: "made:BTC-USD")
    }

    private static func challenge(
        later: Double, championHours: Int, championTrees: Int = 20
    ) async throws -> (Challenge, Training.Trained) {
        let words = ["--preset", "direction", "--from", "csv:x", "--trees", "20", "--watch", "1h", "--fresh", "24h"]
        let configuration = try Configurations.trainer(words)
        let training = Training(
            configuration, stop: StopFlag(), progress: TrainingProgress(), baselines: [LogisticLearner()])
        let rows = ChallengeTests.rows(later: later)
        let seen = rows.rows(
            (0..<rows.count).filter { rows.times[$0] < MadeTicks.start + Int64(championHours) * 3_600_000 })
        let (forest, _) = try #require(try await training.growing.forest(seen, ForestSettings(trees: championTrees)))
        var model = Model(forest: forest, name: "m", version: 7, preset: "direction", featureNames: rows.names)
        model.trainedUntil = seen.times.last
        let trained = try await training.challenge(Champion(version: 7, model: model), rows)
        return (Challenge(champion: 7, duel: try #require(trained.duel)), trained)
    }

    /// A challenger of a market that did not change, whose champion has learned the same; and of one that did. Most tests ask for either.
    private static let lost = Task { try await challenge(later: 0.8, championHours: 72) }
    private static let won = Task { try await challenge(later: 0.2, championHours: 48) }

    @Test("where the market has changed, the challenger takes the champion's place")
    func better() async throws {
        let (challenge, trained) = try await ChallengeTests.won.value
        #expect(challenge.isPromoted && challenge.champion == 7)
        let difference = try #require(challenge.duel.difference[.logLoss].byHours)
        #expect(difference.high < 0)
        #expect(challenge.sentence.contains("it took the place of version 7"))
        // It has seen nothing of what both were judged by.
        let rows = try #require(trained.rows)
        #expect(try #require(rows.times.last) < MadeTicks.start + 72 * 3_600_000)
        #expect(rows.until.allSatisfy { $0 <= MadeTicks.start + 72 * 3_600_000 })
    }

    @Test(
        "where the champion has learned nearly the same, or more from it, it stays", arguments: [(71, 20), (72, 100)])
    func notBetter(hours: Int, trees: Int) async throws {
        let (challenge, _) = try await ChallengeTests.challenge(later: 0.8, championHours: hours, championTrees: trees)
        #expect(!challenge.isPromoted)
        #expect(challenge.sentence.contains("version 7 is served on"))
    }

    @Test("a challenger that says the same as the champion is not better")
    func same() async throws {
        let (challenge, _) = try await ChallengeTests.lost.value
        #expect(!challenge.isPromoted && challenge.duel.difference[.logLoss].byHours.map { $0.high >= 0 } == true)
    }

    @Test("a card says whether its version lost; what is no card says nothing")
    func lost() async throws {
        let (lost, trained) = try await ChallengeTests.lost.value
        let (won, other) = try await ChallengeTests.won.value
        let folder = try TemporaryFolder()
        defer { withExtendedLifetime(folder) {} }
        let configuration = try Configurations.trainer(
            ["--preset", "direction", "--from", "csv:x", "--models", folder.path])
        let writing = ModelWriting(configuration: configuration, readSeconds: 0, nowMs: 0)
        func record(_ card: Card) -> ChallengeRecord? { Challenge.record(card: card.json) }
        #expect(record(try writing.write(trained, .never, challenge: lost)) == .init(champion: 7, isLost: true))
        #expect(record(try writing.write(other, challenge: won)) == .init(champion: 7, isLost: false))
        #expect(record(try writing.write(other)) == nil)
        // It won, but somebody chose another one meanwhile: that is no loss.
        let overtaken = try writing.write(other, .inPlace(of: 1), challenge: won)
        #expect(record(overtaken) == .init(champion: 7, isLost: false) && overtaken.challenge?.isPromoted == false)
        for text in [
            "", "{}", "[1]", "{\"challenge\":3}", "{\"challenge\":{\"promoted\":\"no\"}}", "{\"challenge\":{\"pro",
            "{\"challenge\":{\"promoted\":false}}", "{\"challenge\":{\"champion\":1.5,\"promoted\":false}}",
        ] {
            #expect(Challenge.record(card: Array(text.utf8)) == nil)
        }
    }

    @Test(
        "models of old challengers that lost go, their cards stay; whatever was served keeps its own, and what somebody trained"
    )
    func givenUp() async throws {
        let (lost, trained) = try await ChallengeTests.lost.value
        let (won, _) = try await ChallengeTests.won.value
        let temporary = try TemporaryFolder()
        defer { withExtendedLifetime(temporary) {} }
        let configuration = try Configurations.trainer(
            ["--preset", "direction", "--from", "csv:x", "--models", temporary.path])
        let writing = ModelWriting(configuration: configuration, readSeconds: 0, nowMs: 0)
        let folder = configuration.folder
        func add(_ challenge: Challenge?, against champion: Int = 1, _ serving: ModelFolder.Serving = .never) throws {
            let challenge = challenge.map { Challenge(champion: champion, duel: $0.duel) }
            _ = try writing.write(trained, serving, challenge: challenge)
        }
        // 1 was trained by hand, 4 won; 2, 3, 5 to 10 lost.
        for version in 1...10 {
            try add(version == 1 ? nil : version == 4 ? won : lost, version == 4 ? .always : .never)
        }
        // Somebody chose 3 once: 11 was held against it. Then 5, then 2.
        try folder.use(3)
        try add(lost, against: 3)
        try folder.use(5)
        try folder.use(2)
        #expect(try folder.current() == 2 && folder.previous == 5)
        // Of those that were never served, 6 to 11, the newest two stay.
        #expect(try folder.giveUpModels(but: 2, Challenge.record(card:)) == [6, 7, 8, 9])
        #expect(try folder.giveUpModels(but: 2, Challenge.record(card:)) == [])
        for version in 1...11 {
            #expect(folder.has("model.bin", version: version) == !(6...9).contains(version))
            #expect(folder.has("card.json", version: version) && folder.has("card.html", version: version))
        }
        #expect(try folder.versions() == Array(1...11) && folder.current() == 2)
        let error = try #require(throws: ModelFolderError.self) { try folder.check(6) }
        #expect("\(error)".contains("--watch gave it up"))
        // Back, and 5 is the one that may go, once others were served.
        try folder.use(4)
        try folder.use(1)
        #expect(try folder.giveUpModels(but: 1, Challenge.record(card:)) == [2, 5, 10])
        #expect(try writing.write(trained).version == 12)
    }
}
