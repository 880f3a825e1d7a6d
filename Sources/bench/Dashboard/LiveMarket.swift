import CryptoCore
import Glibc
import KafkaClient
import Storage
import System

/// A market that goes on: synthetic trades through a whole `pipeline` in a process of its own, into a store with some past.
final class LiveMarket {
    /// So many final minutes lie in the store when it begins, all series together.
    private static let pastMinutes = 28_800

    let broker: DashboardBroker
    let store: String
    /// Ended before its folder goes.
    private let pipeline: OtherProcess
    private let folder: TemporaryFolder

    init(series count: Int, rate: Int) throws {
        folder = try TemporaryFolder()
        store = "sqlite:\(folder.path)/live.db"
        let symbols = (0..<count).map { "C\(1_000 + $0)-USDT" }
        let rows = try DashboardRows(StoreLocation(store))
        let now = SystemClock().wallMs() / 60_000 * 60_000
        let minutes = Int64(LiveMarket.pastMinutes / count)
        for minute in (1...minutes).reversed() {
            for symbol in symbols {
                try rows.addMinute(Series(source: "synthetic", symbol: symbol), at: now - minute * 60_000)
            }
        }
        try rows.flush()
        broker = try DashboardBroker()
        pipeline = try OtherProcess(
            [
                OtherProcess.sibling("pipeline"), "--brokers", broker.bootstrap, "--source", "synthetic", "--rate",
                "\(rate)",
                "--store", store, "--page", "off", "--http", "127.0.0.1:0", "--log-level", "error", "--symbols",
            ] + symbols + DashboardBroker.flags)
    }

    /// Waits until a minute of it is final, with all that is made of one.
    func awaitMinute(on dashboard: ServedDashboard) throws {
        try dashboard.client.await("/api/live", showing: #""trend":{"#, seconds: 150)
    }
}
