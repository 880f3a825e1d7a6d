import Foundation
import HTTPServer
import TestSupport
import TestTraits
import Testing

@Suite("Static files", .waiting)
struct StaticFilesTests {
    /// A page in a folder of its own, with a secret beside it.
    private struct Page {
        let folder: URL
        let script = String(repeating: "const answer = 42; // and so on\n", count: 400)

        init() throws {
            folder = FileManager.default.temporaryDirectory.appendingPathComponent("page-\(UUID().uuidString)")
            let page = folder.appendingPathComponent("page")
            try FileManager.default.createDirectory(
                at: page.appendingPathComponent("js/deep"), withIntermediateDirectories: true)
            func write(_ text: String, _ name: String) throws {
                try Data(text.utf8).write(to: folder.appendingPathComponent(name))
            }
            try write("<!doctype html><title>page</title>", "page/index.html")
            try write(script, "page/js/page.js")
            try write("<p>deep", "page/js/deep/index.html")
            try write("body { }", "page/a b.css")
            try write("png", "page/dot.png")
            try write("unknown", "page/file.xyz")
            try write("hidden", "page/.hidden")
            try write("secret", "secret.txt")
            try FileManager.default.createSymbolicLink(
                at: page.appendingPathComponent("link.txt"),
                withDestinationURL: folder.appendingPathComponent("secret.txt"))
        }

        func serve() throws -> WebServer {
            let files = try StaticFiles(directory: folder.appendingPathComponent("page").path)
            return try WebServer(
                host: "127.0.0.1", port: 0, routes: [.files(files), .get("/api") { _ in .json("{}") }])
        }

        func remove() { try? FileManager.default.removeItem(at: folder) }
    }

    private func ask(_ server: WebServer, _ path: String, _ headers: String = "", method: String = "GET") throws
        -> Reply
    {
        let client = try RawClient(port: server.port)
        return try client.get("\(method) \(path) HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n", from: server)
    }

    @Test(
        "a file is served with its type",
        arguments: [
            ("/", "text/html; charset=utf-8"), ("/index.html", "text/html; charset=utf-8"),
            ("/js/page.js", "text/javascript; charset=utf-8"), ("/js/deep/", "text/html; charset=utf-8"),
            ("/a%20b.css", "text/css; charset=utf-8"), ("/dot.png", "image/png"),
            ("/file.xyz", "application/octet-stream"), ("/api", "application/json"),
        ])
    func types(path: String, type: String) throws {
        let page = try Page()
        defer { page.remove() }
        let server = try page.serve()
        let reply = try ask(server, path)
        #expect(reply.status == 200)
        #expect(reply.headers["content-type"] == type)
        #expect(reply.headers["x-content-type-options"] == "nosniff")
        let isPage = type.hasPrefix("text/html")
        #expect((reply.headers["content-security-policy"] == StaticFiles.strictPolicy) == isPage)
        let head = try ask(server, path, method: "HEAD")
        #expect(head.headers["content-length"] == reply.headers["content-length"])
    }

    @Test(
        "nothing but the files that were read is served",
        arguments: [
            "/../secret.txt", "/..%2fsecret.txt", "/%2e%2e/secret.txt", "/js/../../secret.txt", "/link.txt", "/.hidden",
            "//secret.txt", "/page/../secret.txt", "/js", "/index.html/", "/INDEX.HTML", "/..", "/%5c..%5csecret.txt",
        ])
    func outside(path: String) throws {
        let page = try Page()
        defer { page.remove() }
        let reply = try ask(try page.serve(), path)
        #expect(reply.status == 404)
        #expect(!reply.body.contains("secret"))
    }

    @Test("who has a version is told so, by either of its tags, and gets a new one")
    func entityTags() throws {
        let page = try Page()
        defer { page.remove() }
        let server = try page.serve()
        for encoding in ["", "Accept-Encoding: gzip\r\n"] {
            let first = try ask(server, "/js/page.js", encoding)
            let tag = try #require(first.headers["etag"])
            for given in [tag, "W/\(tag)", "\"other\", \(tag)", "*"] {
                let again = try ask(server, "/js/page.js", encoding + "If-None-Match: \(given)\r\n")
                #expect(again.status == 304)
                #expect(again.body.isEmpty)
                #expect(again.headers["etag"] == tag)
            }
            #expect(try ask(server, "/js/page.js", encoding + "If-None-Match: \"other\"\r\n").status == 200)
            #expect(try ask(server, "/", encoding + "If-None-Match: \(tag)\r\n").status == 200)
        }
        let plain = try ask(server, "/js/page.js").headers["etag"]
        #expect(try ask(server, "/js/page.js", "Accept-Encoding: gzip\r\n").headers["etag"] != plain)
        try Data("changed".utf8).write(to: page.folder.appendingPathComponent("page/js/page.js"))
        #expect(try ask(try page.serve(), "/js/page.js").headers["etag"] != plain)
    }

    @Test(
        "gzip is sent to whom takes it, of what becomes smaller",
        arguments: [
            ("gzip", true), ("deflate, gzip;q=0.5", true), ("GZIP", true), ("*", true), ("br, *;q=0.1", true),
            ("gzip;q=0", false), ("gzip; q=0.000, *", false), ("br", false), ("identity", false), ("*;q=0", false),
        ])
    func encodings(accepted: String, isCompressed: Bool) throws {
        let page = try Page()
        defer { page.remove() }
        let server = try page.serve()
        let reply = try ask(server, "/js/page.js", "Accept-Encoding: \(accepted)\r\n")
        #expect((reply.headers["content-encoding"] == "gzip") == isCompressed)
        #expect(reply.headers["vary"] == "Accept-Encoding")
        #expect((Int(reply.headers["content-length"] ?? "") ?? 0 < page.script.utf8.count) == isCompressed)
        #expect(try ask(server, "/dot.png", "Accept-Encoding: \(accepted)\r\n").headers["content-encoding"] == nil)
    }

    @Test("curl and Python's gzip get the bytes of the file back")
    func roundTrip() throws {
        let page = try Page()
        defer { page.remove() }
        let running = Running(try page.serve())
        defer { running.stop() }
        let address = "http://127.0.0.1:\(running.server.port)/js/page.js"
        for words in [["-s"], ["-s", "--compressed"]] {
            #expect(try ChildProcess("curl", words + [address]).wait(seconds: 10).output == page.script)
        }
        let program = """
            import gzip, sys, urllib.request
            asked = urllib.request.Request(sys.argv[1], headers={"Accept-Encoding": "gzip"})
            answer = urllib.request.urlopen(asked)
            assert answer.headers["Content-Encoding"] == "gzip"
            sys.stdout.write(gzip.decompress(answer.read()).decode())
            """
        #expect(try ChildProcess("python3", ["-c", program, address]).wait(seconds: 20).output == page.script)
    }

    @Test("a folder that is not there, and files that are too many bytes, end the start")
    func unreadable() throws {
        let page = try Page()
        defer { page.remove() }
        #expect(throws: HTTPServerError.self) { _ = try StaticFiles(directory: "/nowhere/at/all") }
        #expect(throws: HTTPServerError.self) { _ = try StaticFiles(directory: page.folder.path, limitBytes: 1_000) }
    }
}
