import CryptoCore
import Foundation
import System
import TestSupport
import Testing

@testable import TrainerService

@Suite("Learning from CSV files")
struct CSVInputTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func ticks(_ text: String, _ filter: InputFilter = InputFilter()) throws -> TickLog {
        // Of the preset for which every trade and quote counts.
        var log = TickLog(filter, .difference)
        let path = try folder.write(text, to: "x.csv")
        guard case .ticks = try CSVInput(path: path).read(.direction, into: &log) else {
            Issue.record("rows, not ticks")
            return log
        }
        return log
    }

    private func rows(_ log: TickLog, _ index: Int, _ name: String) -> RowTable {
        var log = log
        return log.take(index).rows(series: name)
    }

    private func problem(_ text: String, _ preset: Preset = .direction) -> String {
        do {
            var log = TickLog(InputFilter(), preset)
            _ = try CSVInput(path: folder.write(text, to: "x.csv")).read(preset, into: &log)
            return ""
        } catch { return "\(error)" }
    }

    @Test("what the sink writes reads back as what it was made of", arguments: UInt64(0)..<20)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let series = (0..<3).map { Series(source: "s\($0)", symbol: "A\($0)-USD") }
        let all = (0..<200).map { number in
            let kinds: [Tick.Kind] = [
                .trade(
                    Tick.Trade(
                        tradeID: seed % 2 == 0 ? "\(number)" : "id-\(number)",
                        price: Double.random(in: 1e-6...1e6, using: &random),
                        quantity: Double.random(in: 1e-6...10, using: &random),
                        side: [.buy, .sell, nil].randomElement(using: &random)!,
                        isBlockTrade: number % 11 == 0)),
                .quote(
                    Tick.Quote(
                        price: Double.random(in: 1...9, using: &random), change24hPct: number % 3 == 0 ? nil : -1.25,
                        volume24h: number % 5 == 0 ? nil : 1e9)),
                .gap(Tick.Gap(from: 1, to: 2, reason: "start")),
            ]
            return Tick(
                series: series.randomElement(using: &random)!, kind: kinds.randomElement(using: &random)!,
                eventTime: MadeTicks.start + Int64(number), ingestTime: MadeTicks.start + Int64(number))
        }
        let log = try ticks(MadeTicks.header + MadeTicks.csv(all))
        for (index, series) in log.series.enumerated() {
            let wanted = all.filter { $0.series == series }.compactMap { Observation($0) }
            let name = series.description
            // Prices and times make the rows of the one preset, all that a quote has those of the other.
            #expect(rows(log, index, name) == .history(wanted, .difference, series: name))
            for preset in [Preset.direction, .tickerTrend] {
                var other = TickLog(InputFilter(), preset)
                _ = try CSVInput(path: "\(folder.path)/x.csv").read(preset, into: &other)
                // As texts: what is not known is NaN, which equals nothing.
                let same = "\(rows(other, index, name))" == "\(RowTable.history(wanted, preset, series: name))"
                #expect(same, "\(preset)")
            }
        }
        #expect(log.count == all.compactMap { Observation($0) }.count)
    }

    @Test("series and times are left out where they are not wanted")
    func filter() throws {
        let made =
            MadeTicks().ticks(hours: 0..<1)
            + MadeTicks(series: Series(source: "other", symbol: "ETH-USD")).ticks(hours: 0..<1)
        let text = MadeTicks.header + MadeTicks.csv(made)
        let only = try ticks(text, InputFilter(globs: ["made:*"]))
        #expect(only.series.map(\.description) == ["made:BTC-USD"] && only.count == 180)
        #expect(Set(only.known.map(\.description)) == ["made:BTC-USD", "other:ETH-USD"])
        let some = try ticks(
            text,
            InputFilter(globs: ["*:ETH-*", "nothing"], from: MadeTicks.start + 60_000, to: MadeTicks.start + 120_000))
        #expect(some.series.map(\.description) == ["other:ETH-USD"] && some.count == 3)
    }

    @Test("a line that the sink has not written to its end is left out")
    func cut() throws {
        let text = MadeTicks.header + MadeTicks.csv(MadeTicks().ticks(hours: 0..<1))
        let whole = try ticks(text)
        for count in [1, 10, 30, 60] {
            let log = try ticks(String(text.dropLast(count)))
            #expect(log.count == whole.count - 1)
        }
    }

    @Test("so is one that is cut within quotes; in the middle of a file these are an error")
    func cutInQuotes() throws {
        let text = MadeTicks.header + MadeTicks.csv(MadeTicks().ticks(hours: 0..<1))
        let log = try ticks(text + "x,made,BTC-USD,gap,1,1,,,,,,,,,,,1,2,\"no ans")
        #expect(log.count == 180)
        #expect(problem(MadeTicks.header + "x,made,\"BTC-USD\nx,made\n").contains("line 2: a quoted cell"))
        #expect(problem("price,quantity,is_buy,target\n1,1,1,\"1").contains("line 2: a quoted cell"))
    }

    @Test("a file that a spreadsheet saved, with its mark before the first line, is read as any other")
    func byteOrderMark() throws {
        let text = MadeTicks.header + MadeTicks.csv(MadeTicks().ticks(hours: 0..<1))
        // The mark would be part of the first name: without the column _id that is one that is needed.
        let lines = text.split(separator: "\n").map { $0.drop { $0 != "," }.dropFirst() + "\n" }
        #expect(try ticks("\u{FEFF}" + lines.joined()).count == 180)
    }

    @Test(
        "a row that lies across two pieces of a file reads as any other, quotes and line ends and all",
        arguments: 1...64
    )
    func pieces(bytes: Int) throws {
        let head = "price,quantity,is_buy,target,note\r\n"
        let row = "1.5,2,1,0,\"a\"\"b,\nc\"\r\n"
        let long = "7,1,0,1," + String(repeating: "x", count: 9) + "\r\n"
        let path = try folder.write(head + long + String(repeating: row, count: 3), to: "x.csv")
        var log = TickLog(InputFilter(), .direction)
        // So that the header is not longer than sixteen pieces.
        let pieceBytes = bytes + 2
        guard case .rows(let rows) = try CSVInput(path: path, pieceBytes: pieceBytes).read(.direction, into: &log)
        else {
            Issue.record("ticks, not rows")
            return
        }
        #expect(rows.columns == [[7, 1.5, 1.5, 1.5], [1, 2, 2, 2], [0, 1, 1, 1]] && rows.targets == [1, 0, 0, 0])
        let wrong = try folder.write(head + long + row + "1,1,1,9,\n", to: "y.csv")
        let error = try #require(throws: InputError.self) {
            _ = try CSVInput(path: wrong, pieceBytes: pieceBytes).read(.direction, into: &log)
        }
        #expect("\(error)".contains("line 5: target must be 0 or 1"), "\(error)")
    }

    @Test("a file without lines is refused before it fills the memory")
    func endless() throws {
        var log = TickLog(InputFilter(), .direction)
        let path = try folder.write(MadeTicks.header + "\"" + String(repeating: "x", count: 1 << 20), to: "x.csv")
        let input = CSVInput(path: path, pieceBytes: 4_096)
        let error = try #require(throws: InputError.self) { _ = try input.read(.direction, into: &log) }
        #expect("\(error)".contains("line 2: the row is longer than 64KiB"))
        #expect(CSVInput(path: path).pieceBytes * 16 == 16 << 20)
    }

    @Test("a stop request ends the reading")
    func stopped() throws {
        let path = try folder.write(MadeTicks.header, to: "x.csv")
        let stop = StopFlag()
        stop.request()
        var log = TickLog(InputFilter(), .direction)
        #expect(throws: InputError.stopped) { _ = try CSVInput(path: path, stop: stop).read(.direction, into: &log) }
    }

    @Test("a folder's files of ticks are read oldest first, and nothing else")
    func folders() throws {
        for day in [2, 1] {
            let text = MadeTicks.csv(MadeTicks().ticks(hours: 24 * day..<24 * day + 1))
            try folder.write(MadeTicks.header + text, to: "ticks-2025-11-2\(day).csv")
        }
        try folder.write("nonsense", to: "trends-2025-11-21.csv")
        var log = TickLog(InputFilter(), .difference)
        _ = try CSVInput(path: folder.path).read(.difference, into: &log)
        let known = rows(log, 0, "made:BTC-USD")
        #expect(log.count == 360 && known.times.count == 359 && known.times == known.times.sorted())
        let empty = try TemporaryFolder()
        #expect(throws: InputError.self) { _ = try CSVInput(path: empty.path).read(.horizon, into: &log) }
    }

    @Test(
        "what is wrong is said with its line",
        arguments: [
            ("", "it is empty"), ("a,b\n1,2\n", "line 1: there is no column source"),
            ("\"", "line 1: a quoted cell"),
            ("T1,made,BTC-USD,trade,yesterday,1,1,1.0,1.0,buy,,,,,,,,,,\n", "line 2: event_time must be"),
            ("T1,made,BTC-USD,trade,9223372036854775807,1,1,1.0,1.0,buy,,,,,,,,,,\n", "this looks like nanoseconds"),
            (
                "T1,made,BTC-USD,trade,1763683200,1,1,1.0,1.0,buy,,,,,,,,,,\n",
                "line 2: event_time must be milliseconds since 1970, this looks like seconds"
            ),
            (
                "T1,made,BTC-USD,trade,1763683200000000,1,1,1.0,1.0,buy,,,,,,,,,,\n",
                "line 2: event_time must be milliseconds since 1970, this looks like microseconds"
            ),
            ("T1,made,BTC-USD,trade,-9223372036854775807,1,1,1.0,1.0,buy,,,,,,,,,,\n", "within the years 1 to 9999"),
            ("T1,made,BTC-USD,trade,1,1,1,-1.0,1.0,buy,,,,,,,,,,\n", "line 2: price must be"),
            ("T1,made,BTC-USD,trade,1,1,1,1.0,x,buy,,,,,,,,,,\n", "line 2: quantity must be"),
            ("T1,made,BTC-USD,trade,1,1,1,1.0,1.0,long,,,,,,,,,,\n", "line 2: side must be"),
            ("T1,made,BTC-USD,order,1,1,1,1.0,1.0,buy,,,,,,,,,,\n", "line 2: kind must be"),
            ("T1,made,BTC-USD,quote,1,1,,1.0,,,,,,,1e,,,,,\n", "line 2: change_24h_pct must be"),
            ("T1,made\n", "line 2: 2 cells where the header has 20"),
        ])
    func malformed(text: String, wanted: String) {
        let text = text.hasPrefix("T1") ? MadeTicks.header + text : text
        #expect(problem(text).contains(wanted), "\(problem(text))")
    }

    @Test("rows that somebody made are read by their header's names, in any order")
    func rows() throws {
        let path = try folder.write(
            "target,is_buy,note,price,quantity\n1,0,x,100.5,2\n0,1,,99,0.25\n1.0,1.0,y,1e2,3", to: "rows.csv")
        var log = TickLog(InputFilter(), .direction)
        guard case .rows(let rows) = try CSVInput(path: path).read(.direction, into: &log) else {
            Issue.record("ticks, not rows")
            return
        }
        #expect(rows.columns == [[100.5, 99, 100], [2, 0.25, 3], [0, 1, 1]] && rows.targets == [1, 0, 1])
        #expect(!rows.hasTimes)
    }

    @Test(
        "rows that cannot be used say why",
        arguments: [
            ("price,target\n1,1\n", "the header lacks quantity"),
            ("price,quantity,is_buy,target\n1,1,2,1\n", "line 2: is_buy must be 0 or 1"),
            ("price,quantity,is_buy,target\n1,1,1,up\n", "line 2: target must be 0 or 1"),
            ("price,quantity,is_buy,target\n,1,1,1\n", "line 2: price must be a number"),
            ("price,quantity,is_buy,target\n1,1,1\n", "line 2: 3 cells"),
        ])
    func badRows(text: String, wanted: String) {
        #expect(problem(text).contains(wanted), "\(problem(text))")
        #expect(problem(text, .horizon).contains("horizon takes ticks"))
    }

    @Test(
        "names of series are cells of their own, whatever is in them",
        arguments: ["plain:A-B", "with,comma", "with\"quote", "two\nlines", "\"", ""])
    func exportedNames(name: String) throws {
        let bytes = Array("\(RowExport.cell(name)),1\n".utf8)
        var reader = CSVReader()
        #expect(try reader.next(bytes.span.bytes) && reader.cells.count == 2)
        #expect(reader.cells[0].string(in: bytes.span.bytes) == name)
    }

    @Test("exported rows are what the forest sees, and read back as that")
    func export() throws {
        var log = TickLog(InputFilter(), .direction)
        let path = try folder.write(MadeTicks.header + MadeTicks.csv(MadeTicks().ticks(hours: 0..<6)), to: "x.csv")
        _ = try CSVInput(path: path).read(.direction, into: &log)
        let rows = rows(log, 0, "made:BTC-USD")
        let file = "\(folder.path)/rows.csv"
        try ExportFile(.rows(path: file)).publish(rows)
        guard case .rows(let read) = try CSVInput(path: file).read(.direction, into: &log) else {
            Issue.record("ticks, not rows")
            return
        }
        #expect(read.columns == rows.columns && read.targets == rows.targets && rows.count == 1079)
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted() == ["rows.csv", "x.csv"])
    }
}
