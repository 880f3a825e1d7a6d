import Foundation
import Glibc
import System
import TestSupport
import TestTraits
import Testing

@testable import InferenceService

@Suite("Clients that behave badly", .serialized, .waiting)
struct BadClientTests {
    private static let row = #"{"price":1,"quantity":2,"is_buy":1}"#
    private let running: RunningInference

    init() throws { running = try RunningInference { try $0.add("direction", MadeModels.model()) } }

    /// Whether somebody else is answered, soon.
    private func answersOthers() throws -> Bool {
        try running.ask("/predict", BadClientTests.row, ["-m", "5"]).status == 200
    }

    /// A connection to the service; below 0 where there is none.
    ///
    /// It comes from an address of its own: many clients take many ports, and other tests' servers want theirs back at 127.0.0.1.
    private func connect(_ port: UInt16) -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if SocketAddress.with("127.0.0.2", port: 0, { bind(descriptor, $0, $1) }) == 0,
            SocketAddress.with(port: port, { Glibc.connect(descriptor, $0, $1) }) == 0
        {
            return descriptor
        }
        close(descriptor)
        return -1
    }

    private func send(_ text: String, _ descriptor: Int32) -> Bool {
        Glibc.send(descriptor, text, text.utf8.count, Int32(MSG_NOSIGNAL)) == text.utf8.count
    }

    /// What has come on a connection within a time, up to so many bytes.
    private func receive(_ descriptor: Int32, seconds: Int = 20) -> String {
        var limit = timeval(tv_sec: seconds, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
        var bytes = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &bytes, bytes.count, 0)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }

    @Test("a body of 10 MB is refused with its limit, whether its length is told or not; all of a full request is read")
    func large() throws {
        let file = FileManager.default.temporaryDirectory.appendingPathComponent("cryptostream-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: file) }
        try Data(repeating: UInt8(ascii: " "), count: 10_000_000).write(to: file)
        for words in [[], ["-H", "Transfer-Encoding: chunked"]] {
            for path in ["/predict", "/v2/models/direction/infer"] {
                let answer = try running.ask(path, "@\(file.path)", words)
                #expect(answer.status == 413 && answer.body.contains("longer than 4194304 bytes"), "\(answer)")
            }
        }
        #expect(try python(file.path) == ["413", "413"])
        let rows = Array(repeating: BadClientTests.row, count: RowReader.mostRows + 1).joined(separator: ",")
        try Data("[\(rows)]".utf8).write(to: file)
        let answer = try running.ask("/predict", "@\(file.path)")
        #expect(answer.status == 413 && answer.body.contains("more than 10000 rows"), "\(answer)")
        #expect(try answersOthers())
    }

    /// What Python's clients, which read nothing before all is sent, hear of a body: http.client and urllib.
    private func python(_ file: String) throws -> [String] {
        let script = """
            import http.client, sys, urllib.error, urllib.request
            body = open(sys.argv[2], "rb").read()
            client = http.client.HTTPConnection("127.0.0.1", int(sys.argv[1]), timeout=20)
            client.request("POST", "/predict", body)
            print(client.getresponse().status)
            try:
                urllib.request.urlopen(f"http://127.0.0.1:{sys.argv[1]}/predict", body, timeout=20)
            except urllib.error.HTTPError as error:
                print(error.code)
            """
        let output = try ChildProcess.run("python3", ["-c", script, "\(running.port)", file])
        return output.split(separator: "\n").map(String.init)
    }

    @Test("a client that sends its request byte by byte keeps nobody waiting, and is answered at its end")
    func slow() throws {
        let request =
            "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(BadClientTests.row.utf8.count)\r\n\r\n"
            + BadClientTests.row
        let descriptor = connect(running.port)
        defer { close(descriptor) }
        for (index, byte) in request.utf8.enumerated() {
            #expect(send(String(UnicodeScalar(byte)), descriptor))
            if index % 20 == 0 { #expect(try answersOthers()) }
        }
        let answer = receive(descriptor)
        #expect(answer.hasPrefix("HTTP/1.1 200 OK") && answer.contains(#""model":"direction""#), "\(answer)")
    }

    @Test("ten thousand clients that stay are connected and answered, and so is the next one")
    func many() throws {
        let count = 10_000
        try #require(
            OpenFiles.raiseLimit() >= count + 1_000, "a process may have too few files open here: raise ulimit -Hn")
        // Its ends of the connections are files of its own.
        let program = try InferenceProgram(["--no-stream", "--models", running.made.path])
        let port = try #require(UInt16(program.address.split(separator: ":").last ?? ""))
        let sockets = (0..<count).map { _ in connect(port) }
        defer { for socket in sockets where socket >= 0 { close(socket) } }
        #expect(sockets.count { $0 >= 0 } == count)
        #expect(try program.ask("/predict", BadClientTests.row).status == 200)
        let request =
            "POST /predict HTTP/1.1\r\nHost: localhost\r\nContent-Length: \(BadClientTests.row.utf8.count)\r\n\r\n"
            + BadClientTests.row
        #expect(sockets.count { send(request, $0) } == count)
        #expect(sockets.count { receive($0).hasPrefix("HTTP/1.1 200 OK") } == count)
        let gauge = try program.ask("/metrics").body.split(separator: "\n").first {
            $0.hasPrefix("cryptostream_inference_http_connections ")
        }
        #expect(Int(gauge?.split(separator: " ").last ?? "") ?? 0 >= count, "all of them at once")
        #expect(try program.ask("/predict", BadClientTests.row).status == 200)
        #expect(program.stop() == 0)
    }
}
