internal import CryptoCore
internal import HTTPServer

/// The loop's part of `GET /windows` and `GET /indicators`: writes the answer a few series a turn, so that thousands do not hold up the ticks.
///
/// Each series is shown as it stands when its turn comes.
struct StateReport {
    /// Some milliseconds of a turn at most.
    static let seriesPerTurn = 500

    private let source: StateQuestions
    private let configuration: WindowConfiguration
    private var question: StateQuestions.Question?
    private var json = JSONWriter()
    private var partition = 0
    private var series = 0

    init(_ source: StateQuestions, _ configuration: WindowConfiguration) {
        self.source = source
        self.configuration = configuration
    }

    /// Whether an answer is begun: polls need not wait.
    var isBusy: Bool { question != nil }

    /// Tells how many ticks are not read yet.
    func note(unread count: Int) { source.note(unread: count) }

    /// Goes on with the answer, when somebody asked. *Complexity*: one atomic load when nobody did.
    @inline(__always)
    mutating func turn(_ windows: [PartitionWindows?], at nowMs: Int64) {
        if question == nil {
            guard let next = source.takeQuestion() else { return }
            begin(next, windows, nowMs)
        }
        guard let question else { return }
        if let wanted = question.series {
            writeOne(wanted, question.subject, windows)
        } else if writeSome(question.subject, windows) {
            return
        }
        json.endArray()
        json.endObject()
        question.answer.send(.json(json.bytes))
        self.question = nil
        json = JSONWriter()  // its memory too: nobody may ask again for days
    }

    private mutating func begin(_ question: StateQuestions.Question, _ windows: [PartitionWindows?], _ nowMs: Int64) {
        self.question = question
        partition = 0
        series = 0
        json.beginObject()
        json.field("time", nowMs)
        if question.subject == .windows { writePartitions(windows) }
        json.key(question.subject == .windows ? "series" : "indicators")
        json.beginArray()
    }

    private mutating func writePartitions(_ windows: [PartitionWindows?]) {
        json.field("lateness", configuration.lateness)
        json.field("slide", configuration.slide)
        json.key("partitions")
        json.beginArray()
        for core in windows { core?.encodeReport(into: &json) }
        json.endArray()
    }

    private mutating func writeOne(
        _ wanted: Series, _ subject: StateQuestions.Subject, _ windows: [PartitionWindows?]
    ) {
        for core in windows {
            guard let core, let index = core.index(of: wanted) else { continue }
            write(index, subject, core, isDetailed: true)
        }
    }

    private mutating func write(
        _ index: Int, _ subject: StateQuestions.Subject, _ core: PartitionWindows, isDetailed: Bool
    ) {
        switch subject {
        case .windows: core.encodeReport(ofSeries: index, isDetailed: isDetailed, into: &json)
        case .indicators: core.newestIndicators(ofSeries: index)?.encode(into: &json)
        }
    }

    /// Whether there is more to write.
    private mutating func writeSome(_ subject: StateQuestions.Subject, _ windows: [PartitionWindows?]) -> Bool {
        var left = StateReport.seriesPerTurn
        while partition < windows.count {
            if let core = windows[partition] {
                while series < core.series.count {
                    if left == 0 { return true }
                    write(series, subject, core, isDetailed: false)
                    series += 1
                    left -= 1
                }
            }
            partition += 1
            series = 0
        }
        return false
    }
}
