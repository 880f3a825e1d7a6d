import CryptoCore
import Glibc
import ServiceKit

/// `bench growth`: what more series and shorter slides cost, in process, on one core; a row for each pair of them.
///
/// Every cell has a process of its own, so that its memory is its own. See `GrowthCell` for what is measured.
struct GrowthBench {
    static let benchmark = Benchmark(
        usage: CommandUsage(
            name: "growth", summary: "Measures what more series and shorter slides cost, in process, on one core.",
            flags: [series, slide, rate, minutes, row],
            examples: ["bench growth", "bench growth --series 10000 --slide 1s --rate 50000 --minutes 10"]),
        run: { try GrowthBench(settings: $0).run() })
    private static let series = Flag.list(
        "series", value: "NUMBER", default: "10 100 1000 10000", help: "how many series",
        check: { problem(Int($0).map { (1...1_000_000).contains($0) }, "1 to 1000000") })
    private static let slide = Flag.list(
        "slide", value: "DURATION", default: "60s 10s 1s",
        help: "from one sliding window to the next; whole seconds that divide a minute",
        check: {
            let isGood = Durations.milliseconds($0).map { $0 > 0 && $0 % 1_000 == 0 && 60_000 % $0 == 0 }
            return problem(isGood, "whole seconds that divide a minute")
        })
    private static let rate = Flag.integer(
        "rate", 100...1_000_000, default: 20_000, help: "ticks of all series in a second of event time")
    private static let minutes = Flag.integer(
        "minutes", 1...1_000, default: 3, help: "how much event time to measure")
    private static let row = Flag.toggle("row", help: "measure in this process and print the row alone")

    let settings: Settings

    private static func problem(_ isGood: Bool?, _ wanted: String) -> String? { isGood == true ? nil : wanted }

    private func run() throws {
        let isRow = settings[GrowthBench.row]
        if !isRow { print(GrowthCell.heading) }
        for slide in settings[GrowthBench.slide] {
            for series in settings[GrowthBench.series] {
                fflush(nil)
                if isRow {
                    var cell = GrowthCell(
                        series: Int(series) ?? 1, slide: Durations.milliseconds(slide) ?? 1_000,
                        rate: settings[GrowthBench.rate])
                    print(cell.measure(minutes: settings[GrowthBench.minutes]))
                } else {
                    try measureInChild(series: series, slide: slide)
                }
            }
        }
    }

    private func measureInChild(series: String, slide: String) throws {
        let row = try SelfProcess.run([
            "growth", "--row", "--series", series, "--slide", slide, "--rate", "\(settings[GrowthBench.rate])",
            "--minutes", "\(settings[GrowthBench.minutes])",
        ])
        print(row, terminator: "")
    }
}
