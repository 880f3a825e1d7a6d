import CryptoCore
import Foundation
import TestSupport
import TestTraits
import Testing

@Suite("Soak: the line under load for as long as CRYPTO_SOAK says (seconds)", .serialized, .waiting)
struct SoakTests {
    private static let seconds = ProcessInfo.processInfo.environment["CRYPTO_SOAK"].flatMap { Int($0) }
    private static let rate = 2_000

    @Test(
        "every trade is in one minute and in one row, and no service's memory grows past its bound",
        .enabled(if: Servers.kafka != nil && SoakTests.seconds != nil, "CRYPTO_SOAK is not set, or there is no Kafka"))
    func soak() throws {
        let line = try Line(#require(Servers.kafka))
        defer { line.remove() }
        let count = try #require(SoakTests.seconds) * SoakTests.rate
        let services = [
            try line.start("processor", ["--idle-timeout", "5s"]),
            try line.start("sink", ["--store", "sqlite:line.db"]),
        ]
        #expect(waitUntil(seconds: 60) { services.allSatisfy { $0.errorsSoFar.contains("partitions assigned") } })
        let producer = try line.start(
            "producer",
            [
                "--source", "synthetic", "--symbols", "BTC", "ETH", "SOL", "--rate", "\(SoakTests.rate)", "--count",
                "\(count)",
            ])
        #expect(try producer.wait(seconds: Double(count / SoakTests.rate) * 2 + 60).status == 0)
        // The clock closes the last minute: it, the lateness and the idle timeout have to pass.
        #expect(try waitUntil(seconds: 150) { try counted(line) == count })
        #expect(try waitUntil(seconds: 60) { try rows(line) == count })
        for service in services {
            #expect(peakMegabytes(ofProcess: service.pid) < 150)
            service.signal(SIGTERM)
            #expect(try service.wait(seconds: 10).status == 0)
        }
    }

    private func counted(_ line: Line) throws -> Int {
        try line.values("windows.tumbling").reduce(0) { sum, text in
            sum + Int(try WindowAggregate(decoding: Array(text.utf8).span.bytes).count)
        }
    }

    private func rows(_ line: Line) throws -> Int {
        let database = line.folder.appendingPathComponent("line.db").path
        let text = try ChildProcess.run("sqlite3", [database, "select count(*) from ticks"])
        return Int(text.trimmingCharacters(in: .whitespacesAndNewlines)) ?? -1
    }
}
