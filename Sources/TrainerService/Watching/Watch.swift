internal import CryptoCore
internal import ServiceKit
internal import ServiceRuntime
internal import System

/// `--watch`: learns again and again, and serves what is better.
///
/// The life of a round: *read* → *no champion*: learn from all but the fresh period, write, serve → end; *champion*: where the fresh
/// period begins before the champion had learned its last, or nothing is new before it → *wait*; else learn the challenger, let both forecast
/// the fresh period, write the challenger with the verdict, serve it if it is clearly better, give up models of old losers → end. What goes wrong ends the round,
/// not the service: the next one begins anew. *Thread*: one.
struct Watch {
    let context: ServiceContext
    let configuration: TrainerConfiguration
    let everyMs: Int64
    private let progress = TrainingProgress()
    private let metrics: WatchMetrics
    private let clock = SystemClock()

    init(_ context: ServiceContext, _ configuration: TrainerConfiguration, everyMs: Int64) {
        self.context = context
        self.configuration = configuration
        self.everyMs = everyMs
        metrics = WatchMetrics(context.metrics)
    }

    /// Runs until stop is requested.
    func run() {
        context.notReady("input", because: "not read yet")
        context.notReady("model", because: "none is served yet")
        while !context.stop.isRequested {
            let startMs = clock.monotonicMs()
            do {
                try round()
                metrics.rounds.add()
                context.ready("learning")
            } catch {
                if context.stop.isRequested { return }
                metrics.failures.add()
                context.notReady(error is InputError ? "input" : "learning", because: "\(error)")
                context.log.warning("no new model this time", ["error": "\(error)"])
            }
            metrics.seconds.observe(Double(clock.monotonicMs() - startMs) / 1000)
            context.stop.wait(ms: max(0, startMs + everyMs - clock.monotonicMs()))
        }
    }

    private func round() throws {
        let run = TrainingRun(context, configuration, progress)
        // Somebody may choose another version while this one reads and learns.
        let named = try? configuration.folder.current()
        let champion = try champion(run)
        let read = try run.read()
        context.ready("input")
        metrics.rows.set(read.input.rows.count)
        let rows = read.input.rows
        guard rows.hasTimes else { throw InputError.noTimes }
        let plan = ValidationPlan(rows, .holdoutTime(ms: configuration.freshMs))
        guard let fold = plan.folds.first, let start = fold.start else {
            throw TrainingError.tooFewRows(count: rows.count, preset: rows.preset, ticks: read.input.ticks)
        }
        guard let last = fold.train.last else { throw TrainingError.allFresh(ms: configuration.freshMs) }
        guard let champion else {
            let trained = try run.train(rows.rows(fold.train), ticks: read.input.ticks)
            return show(try run.write(trained, read, .inPlace(of: named)))
        }
        guard isWorthIt(champion, until: rows.times[last], start) else { return }
        let trained = try run.challenge(champion, rows)
        let challenge = trained.duel.map { Challenge(champion: champion.version, duel: $0) }
        let isBetter = challenge?.isPromoted ?? true
        show(try run.write(trained, read, isBetter ? .inPlace(of: named) : .never, challenge: challenge))
        giveUp()
    }

    /// Removes the models of old challengers that lost: their cards are record enough.
    private func giveUp() {
        do throws(ModelFolderError) {
            let gone = try configuration.folder.giveUpModels(
                but: configuration.keptVersions, Challenge.record(card:))
            if let last = gone.last { context.log.info("gave up the models of old challengers", ["up_to": last]) }
        } catch { context.log.warning("cannot remove the models of old challengers", ["error": "\(error)"]) }
    }

    /// The served version; nil where there is none that can be read: then this round trains one.
    private func champion(_ run: TrainingRun) throws -> Champion? {
        var why = "none is served yet"
        let champion = try run.champion { why = "\($0)" }
        if champion != nil { context.ready("model") } else { context.notReady("model", because: why) }
        metrics.version.set(champion?.version ?? 0)
        return champion
    }

    /// Whether the champion has not seen the fresh period, and the challenger would see something that the champion has not.
    private func isWorthIt(_ champion: Champion, until last: Int64, _ start: Int64) -> Bool {
        guard let seen = champion.model.trainedUntil else {
            context.log.warning(
                """
                nobody knows what the served version has seen, so none is judged beside it: it was imported, or trained on rows \
                without times; train one on ticks, or choose another by --use
                """,
                ["version": champion.version])
            return false
        }
        // Its last row looked as far ahead as its target.
        if seen + (configuration.preset.horizonMs ?? 0) >= start {
            let saw = UTCTime.text(ms: seen)
            context.log.info(
                "the served version saw part of the fresh period; it is judged later",
                ["version": champion.version, "saw_until": saw, "fresh_from": UTCTime.text(ms: start)])
            return false
        }
        if last <= seen {
            context.log.info("nothing is new before the fresh period", ["version": champion.version])
            return false
        }
        return true
    }

    private func show(_ card: Card) {
        print(card.text)
        if card.isServed {
            metrics.promotions.add()
            metrics.version.set(card.version)
            context.ready("model")
        }
    }
}
