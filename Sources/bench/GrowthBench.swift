import CryptoCore
import Glibc
import ServiceKit

/// `bench growth`: what more series and shorter slides cost, in process, on one core; a row for each pair of them.
///
/// Every cell has a process of its own, so that its memory is its own. See `GrowthCell` for what is measured.
struct GrowthBench {
    static let benchmark = Benchmark(
        spec: CommandSpec(
            name: "growth", summary: "Measures what more series and shorter slides cost, in process, on one core.",
            flags: [
                Flag(
                    "series", .list, value: "NUMBER", default: "10 100 1000 10000", help: "how many series",
                    check: { problem(Int($0).map { (1...1_000_000).contains($0) }, "1 to 1000000") }),
                Flag(
                    "slide", .list, value: "DURATION", default: "60s 10s 1s",
                    help: "from one sliding window to the next; whole seconds that divide a minute",
                    check: {
                        let isGood = Durations.milliseconds($0).map { $0 > 0 && $0 % 1_000 == 0 && 60_000 % $0 == 0 }
                        return problem(isGood, "whole seconds that divide a minute")
                    }),
                Flag(
                    "rate", .integer(100...1_000_000), default: "20000",
                    help: "ticks of all series in a second of event time"),
                Flag("minutes", .integer(1...1_000), default: "3", help: "how much event time to measure"),
                Flag("row", .toggle, help: "measure in this process and print the row alone"),
            ],
            examples: ["bench growth", "bench growth --series 10000 --slide 1s --rate 50000 --minutes 10"]),
        run: { try GrowthBench(settings: $0).run() })

    let settings: Settings

    private static func problem(_ isGood: Bool?, _ wanted: String) -> String? { isGood == true ? nil : wanted }

    private func run() throws {
        let isRow = settings.isOn("row")
        if !isRow { print(GrowthCell.heading) }
        for slide in settings.list("slide") {
            for series in settings.list("series") {
                fflush(nil)
                if isRow {
                    var cell = GrowthCell(
                        series: Int(series) ?? 1, slide: Durations.milliseconds(slide) ?? 1_000,
                        rate: settings.integer("rate"))
                    print(cell.measure(minutes: settings.integer("minutes")))
                } else {
                    try measureInChild(series: series, slide: slide)
                }
            }
        }
    }

    private func measureInChild(series: String, slide: String) throws {
        let row = try SelfProcess.run([
            "growth", "--row", "--series", series, "--slide", slide, "--rate", "\(settings.integer("rate"))",
            "--minutes", "\(settings.integer("minutes"))",
        ])
        print(row, terminator: "")
    }
}
