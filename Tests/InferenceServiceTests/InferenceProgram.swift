import Foundation
import Glibc
import TestSupport

/// The program `inference` on a free port, killed when the test lets go of it.
final class InferenceProgram {
    private let process: TestSupport.ChildProcess
    let address: String

    /// - Throws: when it does not listen within 20 s.
    init(_ words: [String]) throws {
        let process = try TestSupport.ChildProcess.service("inference", words + ["--http", "127.0.0.1:0"])
        self.process = process
        guard waitUntil(seconds: 20, { process.errorsSoFar.contains("http=http") }) else {
            process.signal(SIGKILL)
            throw Failure("it does not listen: \(process.errorsSoFar)")
        }
        address = String(process.errorsSoFar.components(separatedBy: "http=")[1].prefix { !$0.isWhitespace })
    }

    deinit { process.signal(SIGKILL) }

    /// Asks with curl. - Returns: the status and the body.
    func ask(_ path: String, _ body: String? = nil) throws -> (status: Int, body: String) {
        try Curl.ask("\(address)\(path)", body)
    }

    /// Its exit code after SIGTERM.
    func stop() -> Int32? {
        process.signal(SIGTERM)
        return try? process.wait(seconds: 15).status
    }
}

/// Requests by curl.
enum Curl {
    /// - Returns: the status and the body.
    static func ask(_ url: String, _ body: String? = nil, _ words: [String] = []) throws -> (status: Int, body: String)
    {
        let data = body.map { ["--data-binary", $0] } ?? []
        let text = try TestSupport.ChildProcess(
            "curl", ["-s", "-g", "-m", "60", "-w", "\n%{http_code}"] + data + words + [url]
        ).wait(seconds: 70).output
        let end = text.lastIndex(of: "\n") ?? text.startIndex
        return (Int(text[text.index(after: end)...]) ?? 0, String(text[..<end]))
    }
}
