extension Evaluation {
    /// Two forecasters on rows that neither has seen: a challenger and a champion.
    package struct Duel: Equatable, Sendable {
        package var count: Int
        package var upShare: Double
        package var challenger: Measures
        package var champion: Measures
        /// Challenger less champion, on the same rows and resamples.
        package var difference: Measures
        package var hours: Blocks
        /// Whether the challenger takes the champion's place, by `Measures.isFirstBetter`.
        package var isChallengerBetter: Bool { difference.isFirstBetter }
        /// The decision in words, with its numbers.
        package var sentence: String
    }

    /// Judges a challenger and a champion by what they say of the same fresh rows.
    ///
    /// - Parameters:
    ///   - rows: sorted by time; neither forecaster was taught by one of them, nor by what decided them.
    ///   - upShare: above which probability both say up, for balanced accuracy and MCC: the share that they were taught.
    /// - Precondition: a probability a row.
    package static func duel(
        challenger: [Double], champion: [Double], on rows: RowTable, upShare: Double, seed: UInt64 = 1
    ) -> Duel {
        var judgement = Judgement(asking: rows, upShare: upShare, seed: seed)
        judgement.add(learner: 0, "challenger", challenger)
        judgement.add(learner: 1, "champion", champion)
        return judgement.duel()
    }
}

extension Judgement {
    fileprivate func duel() -> Evaluation.Duel {
        var hours = Evaluation.Blocks(count: folds[0].blocks.blockCount, lengthMs: blockMs)
        hours.reason = rows.count == 0 ? "there are no fresh rows" : reason(hours)
        let samples = samples(withHours: hours.reason == nil, withDays: false)
        let both = zip(forecasters, samples).map { forecaster, samples in
            samples.measures { reason($0, forecaster) }
        }
        let wrong = forecasters.first { $0.missing > 0 } ?? forecasters[0]
        let difference = (samples[0] - samples[1]).measures { reason($0, wrong) }
        return Evaluation.Duel(
            count: rows.count, upShare: rows.upShare, challenger: both[0], champion: both[1], difference: difference,
            hours: hours,
            sentence: Verdicts.sentence(both[0][.logLoss], both[1][.logLoss], difference, hours))
    }
}

extension Verdicts {
    fileprivate static func sentence(
        _ challenger: Measure, _ champion: Measure, _ difference: Measures, _ hours: Evaluation.Blocks
    ) -> String {
        guard let ours = challenger.value.number, let theirs = champion.value.number else {
            return "The champion stays: \(words(challenger.value.number == nil ? challenger.value : champion.value))."
        }
        let numbers = "log loss \(decimals(ours)) against the champion's \(decimals(theirs))"
        guard let span = difference[.logLoss].byHours else {
            return "The champion stays: \(numbers), and no interval, as "
                + "\(hours.reason ?? "too few resamples have rows of both targets")."
        }
        let interval = "difference \(signed(span.low)) to \(signed(span.high)) (95 %, by \(hours.unit))"
        return difference.isFirstBetter
            ? "The challenger is better: \(numbers), \(interval)." : "The champion stays: \(numbers), \(interval)."
    }
}
