import Glibc

/// What wrk measured of one server, and what the server took for it.
struct WrkRun {
    let rate: Double
    /// *Units*: microseconds.
    let p50Us: Double
    let p99Us: Double
    let cpuUs: Double

    /// What is sent: a path and a JSON body.
    struct Request {
        var path = "/echo"
        var body = #"{"series":"bybit:BTC-USDT","features":[0.12,1.5,-0.7,3.25,0.001,42.0]}"#
    }

    /// POSTs a small JSON body over so many connections for so long.
    /// - Throws: when wrk is not there, or the server refused a request.
    init(
        _ request: Request = Request(), port: String, of server: OtherProcess, connections: Int, seconds: Int
    ) throws {
        let script = try WrkRun.script(request)
        defer { unlink(script) }
        let before = server.cpuUs
        let wrk = try OtherProcess(
            [
                "wrk", "-t1", "-c\(connections)", "-d\(seconds)s", "--latency", "-s", script,
                "http://127.0.0.1:\(port)\(request.path)",
            ], core: 1)
        let lines = try wrk.finish().split(separator: "\n").map { $0.split(separator: " ") }
        guard !lines.contains(where: { $0.first == "Non-2xx" || $0.first == "Socket" }),
            let requests = lines.first(where: { $0.count > 1 && $0[1] == "requests" }).flatMap({ Double($0[0]) }),
            let rate = lines.first(where: { $0.first == "Requests/sec:" }).flatMap({ Double($0[1]) }),
            let p50 = lines.first(where: { $0.first == "50%" }).flatMap({ WrkRun.microseconds($0[1]) }),
            let p99 = lines.first(where: { $0.first == "99%" }).flatMap({ WrkRun.microseconds($0[1]) })
        else { throw SelfProcess.Failed(reason: lines.map { $0.joined(separator: " ") }.joined(separator: "; ")) }
        self.rate = rate
        p50Us = p50
        p99Us = p99
        cpuUs = (server.cpuUs - before) / requests
    }

    private static func microseconds(_ text: Substring) -> Double? {
        for (unit, factor) in [("us", 1.0), ("ms", 1e3), ("s", 1e6)] where text.hasSuffix(unit) {
            return Double(text.dropLast(unit.count)).map { $0 * factor }
        }
        return nil
    }

    /// A file that tells wrk what to send.
    private static func script(_ request: Request) throws -> String {
        var name = Array("/tmp/bench-http-XXXXXX".utf8CString)
        let file = mkstemp(&name)
        guard file >= 0 else { throw SelfProcess.Failed(reason: String(cString: strerror(errno))) }
        defer { close(file) }
        let text = """
            wrk.method = "POST"
            wrk.headers["Content-Type"] = "application/json"
            wrk.body = '\(request.body)'

            """
        _ = write(file, text, text.utf8.count)
        return String(decoding: name.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
