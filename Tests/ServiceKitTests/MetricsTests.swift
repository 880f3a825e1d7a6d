import Foundation
import ServiceKit
import System
import TestSupport
import Testing

@Suite("Metrics")
struct MetricsTests {
    /// Prometheus' text format, read by its specification and nothing else.
    private struct Exposition {
        struct Sample: Hashable {
            let name: String
            let labels: [String: String]
        }
        var help: [String: String] = [:]
        var types: [String: String] = [:]
        var values: [Sample: Double] = [:]
        var names: [String] = []

        init(_ text: String) throws {
            #expect(text.isEmpty || text.hasSuffix("\n"))
            for line in text.split(separator: "\n") {
                if line.hasPrefix("# HELP ") {
                    let parts = line.dropFirst(7).split(separator: " ", maxSplits: 1)
                    help[String(parts[0])] = Self.unescaped(parts[1])
                } else if line.hasPrefix("# TYPE ") {
                    let parts = line.dropFirst(7).split(separator: " ")
                    types[String(parts[0])] = String(parts[1])
                    names.append(String(parts[0]))
                } else {
                    let (sample, value) = try Self.sample(line)
                    #expect(values[sample] == nil, "twice: \(line)")
                    values[sample] = value
                }
            }
        }

        private static func unescaped(_ text: Substring) -> String {
            var result = ""
            var isEscaped = false
            for character in text {
                if character == "\\", !isEscaped {
                    isEscaped = true
                } else {
                    result.append(isEscaped && character == "n" ? "\n" : character)
                    isEscaped = false
                }
            }
            return result
        }

        private static func sample(_ line: Substring) throws -> (Sample, Double) {
            var rest = line
            let name = rest.prefix { $0 != "{" && $0 != " " }
            rest = rest.dropFirst(name.count)
            var labels: [String: String] = [:]
            if rest.first == "{" {
                rest.removeFirst()
                while rest.first != "}" {
                    let key = rest.prefix { $0 != "=" }
                    rest = rest.dropFirst(key.count + 2)
                    var isEscaped = false
                    let value = rest.prefix { character in
                        if character == "\"", !isEscaped { return false }
                        isEscaped = character == "\\" && !isEscaped
                        return true
                    }
                    rest = rest.dropFirst(value.count + 1)
                    labels[String(key)] = unescaped(value)
                    if rest.first == "," { rest.removeFirst() }
                }
                rest.removeFirst()
            }
            let number = rest.dropFirst()
            let value = number == "+Inf" ? .infinity : number == "-Inf" ? -.infinity : try #require(Double(number))
            return (Sample(name: String(name), labels: labels), value)
        }
    }

    @Test("what was counted is read back, whatever stands in labels and help", arguments: UInt64(0)..<50)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let pieces = ["a", "\\", "\"", "\n", "n", "{", "}", ",", "=", " ", "é", "\\n"]
        func word() -> String {
            (0..<Int.random(in: 1...6, using: &random)).map { _ in
                pieces[Int.random(in: pieces.indices, using: &random)]
            }.joined()
        }
        let metrics = Metrics()
        var expected: [Exposition.Sample: Double] = [:]
        let help = "how many \\ of\nthem"
        for _ in 0..<10 {
            let (source, kind, amount) = (word(), word(), Int.random(in: 0...1_000_000, using: &random))
            metrics.counter("x_total", help: help, labels: ["source": source, "kind": kind]).add(amount)
            expected[.init(name: "x_total", labels: ["source": source, "kind": kind]), default: 0] += Double(amount)
        }
        let level = Double.random(in: -1e300...1e300, using: &random)
        metrics.gauge("level_ms", help: "l").set(level)
        expected[.init(name: "level_ms", labels: [:])] = level
        let read = try Exposition(metrics.render())
        #expect(read.values == expected)
        #expect(read.help == ["x_total": help, "level_ms": "l"])
        #expect(read.types == ["x_total": "counter", "level_ms": "gauge"])
        #expect(read.names == read.names.sorted())
    }

    @Test("a histogram's buckets hold everything up to their bound, and the last one all")
    func histogram() throws {
        let metrics = Metrics()
        let histogram = metrics.histogram("delay_seconds", help: "d", bounds: [0.1, 1, 5], labels: ["source": "a"])
        for value in [0.1, 0.05, 0.5, 5, 6, .nan, 1] { histogram.observe(value) }
        let read = try Exposition(metrics.render())
        for (bound, count) in [("0.1", 2.0), ("1", 4), ("5", 5), ("+Inf", 6)] {
            #expect(read.values[.init(name: "delay_seconds_bucket", labels: ["source": "a", "le": bound])] == count)
        }
        #expect(read.values[.init(name: "delay_seconds_count", labels: ["source": "a"])] == 6)
        let sum = try #require(read.values[.init(name: "delay_seconds_sum", labels: ["source": "a"])])
        #expect(abs(sum - 12.65) < 1e-12)  // six terms below 8: their rounding stays far below
        #expect(read.types["delay_seconds"] == "histogram")
    }

    @Test("the same name and labels are the same metric, and numbers at the edge are spelled as Prometheus does")
    func identity() throws {
        let metrics = Metrics()
        #expect(metrics.counter("a_total", help: "a") === metrics.counter("a_total", help: "b"))
        let gauge = metrics.gauge("g", help: "g")
        for (value, text) in [
            (Double.infinity, "+Inf"), (-.infinity, "-Inf"), (.nan, "NaN"), (5, "5"), (-0.25, "-0.25"),
        ] {
            gauge.set(value)
            #expect(metrics.render().contains("\ng \(text)\n"))
        }
    }

    @Test("a gauge that is removed is shown no more, with its name when it was the last, and can come back")
    func removed() throws {
        let metrics = Metrics()
        for id in ["a", "b"] { metrics.gauge("g", help: "g", labels: ["id": id]).set(1) }
        metrics.removeGauge("g", labels: ["id": "a"])
        metrics.removeGauge("other", labels: [:])
        #expect(try Exposition(metrics.render()).values == [.init(name: "g", labels: ["id": "b"]): 1])
        metrics.removeGauge("g", labels: ["id": "b"])
        #expect(metrics.render().isEmpty)
        metrics.gauge("g", help: "g", labels: ["id": "b"]).set(2)
        #expect(try Exposition(metrics.render()).values == [.init(name: "g", labels: ["id": "b"]): 2])
        metrics.counter("x_total", help: "x").add()
        metrics.removeGauge("x_total")
        #expect(metrics.render().contains("x_total 1"))
    }

    @Test("label values beyond the bound are counted together, and nothing is lost")
    func bounded() throws {
        let metrics = Metrics(seriesLimit: 10)
        for number in 0..<1000 { metrics.counter("x_total", help: "x", labels: ["id": "\(number)"]).add() }
        let values = try Exposition(metrics.render()).values
        #expect(values.count == 11)
        #expect(values[.init(name: "x_total", labels: ["id": "other"])] == 990)
    }

    @Test("adding from many threads loses nothing")
    func threads() {
        let metrics = Metrics()
        let workers = (0..<4).map { index in
            System.Thread(name: "adder\(index)") {
                let counter = metrics.counter("x_total", help: "x")
                for _ in 0..<10_000 { counter.add(3) }
            }
        }
        #expect(System.Thread.joinAll(workers, ms: 20_000).isEmpty)
        #expect(metrics.counter("x_total", help: "x").value == 120_000)
    }
}
