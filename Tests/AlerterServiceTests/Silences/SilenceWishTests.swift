import CryptoCore
import TestSupport
import Testing

@testable import AlerterService

@Suite("A silence that somebody wants")
struct SilenceWishTests {
    private let now = AlertMaker.noon

    private func read(_ json: String) throws -> Silence {
        let bytes = Array(json.utf8)
        return try SilenceWish(json: bytes.span.bytes).silence(id: "s", at: now)
    }

    private func problem(_ json: String) -> String? {
        do {
            _ = try read(json)
            return nil
        } catch { return "\(error)" }
    }

    @Test(
        "begins at once and lasts an hour unless something else is said",
        arguments: [
            (#"{"matchers":"symbol=\"BTC-USDT\""}"#, 0, 3_600_000, "somebody"),
            (#"{"matchers":"a=b","for":"2h","by":"anna"}"#, 0, 7_200_000, "anna"),
            (#"{"matchers":"a=b","for":90}"#, 0, 90_000, "somebody"),
            (#"{"matchers":"a=b","for":0.5}"#, 0, 500, "somebody"),
            (#"{"matchers":"a=b","from":1763726460000,"for":"1m"}"#, 60_000, 120_000, "somebody"),
            (#"{"matchers":"a=b","until":1763726400001}"#, 0, 1, "somebody"),
            (#"{"matchers":"a=b","from":5}"#, 0, 3_600_000, "somebody"),
        ] as [(String, Int64, Int64, String)])
    func good(json: String, from: Int64, until: Int64, by: String) throws {
        let silence = try read(json)
        #expect((silence.from - now, silence.until - now) == (from, until))
        #expect(silence.by == by)
        let record = AlertMaker.bytes(silence)
        #expect(try Silence(decoding: record.span.bytes) == silence, "what is taken can be written and read")
    }

    @Test(
        "what is wrong is said, with the field",
        arguments: [
            ("", "body: not JSON"), ("[]", "body: not JSON"), (#"{"matchers":"a=b"} x"#, "body: not JSON"),
            ("{}", "matchers: is missing"), (#"{"matchers":""}"#, "matchers: is missing"),
            (#"{"matchers":7}"#, "matchers: must be a text"),
            (#"{"matchers":"a"}"#, "matchers: column 2: expected =, !="),
            (#"{"matchers":"a=\"\""}"#, "matchers: column 1: would match every alert"),
            (#"{"matchers":"a=~\"[\""}"#, "matchers: column"),
            (#"{"matchers":"a=b","for":"soon"}"#, "for: must be seconds"),
            (#"{"matchers":"a=b","for":null}"#, "for: must be seconds"),
            (#"{"matchers":"a=b","for":0}"#, "for: must be more than 0"),
            (#"{"matchers":"a=b","for":-1}"#, "for: must be"), (#"{"matchers":"a=b","for":1e999}"#, "for: must be"),
            (#"{"matchers":"a=b","for":"9999999d"}"#, "for: must be more than 0 and at most 3650d"),
            (#"{"matchers":"a=b","until":1}"#, "until: must be later than now"),
            (#"{"matchers":"a=b","until":9223372036854775807}"#, "until: must be within"),
            (#"{"matchers":"a=b","from":9223372036854775807}"#, "from: must be within"),
            (#"{"matchers":"a=b","until":"2026-01-01"}"#, "until: must be a whole number"),
            (#"{"matchers":"a=b","from":1.5}"#, "from: must be a whole number"),
            (#"{"matchers":"a=b","for":1,"until":1763726400001}"#, "until: must be left out"),
            (#"{"matchers":"a=b","comment":{"x":[1]}}"#, "comment: is no field of a silence"),
            (#"{"matchers":"a=b","by":false}"#, "by: must be a text"),
            (#"{"matchers":"a=b","by":""}"#, "by: must be 1 to"),
        ])
    func bad(json: String, wanted: String) {
        let found = problem(json)
        #expect(found?.hasPrefix(wanted) == true, "\(found ?? "nothing")")
    }

    @Test("a name is at most 200 bytes, matchers at most 1,024")
    func long() {
        let long = String(repeating: "x", count: 201)
        #expect(problem(#"{"matchers":"a=b","by":"\#(long)"}"#) == "by: must be 1 to 200 bytes")
        let matchers = "a=" + String(repeating: "x", count: 1_023)
        #expect(problem(#"{"matchers":"\#(matchers)"}"#)?.hasPrefix("matchers:") == true)
    }

    @Test("no cut or changed body traps, and none that is cut is taken", arguments: UInt64(0)..<300)
    func broken(seed: UInt64) {
        var rng = SplitMix64(seed: seed)
        let body = Array(
            #"{"matchers":"symbol=\"BTC-USDT\", alertname=~\"P.*\"","for":"2h","from":1,"by":"anna"}"#.utf8)
        let cut = Array(body.prefix(Int.random(in: 0..<body.count, using: &rng)))
        #expect(throws: SilenceWish.Unfit.self) { try SilenceWish(json: cut.span.bytes) }
        var changed = body
        for _ in 0..<3 {
            changed[Int.random(in: 0..<body.count, using: &rng)] = UInt8.random(in: 0...255, using: &rng)
        }
        _ = try? SilenceWish(json: changed.span.bytes).silence(at: now)
    }

    @Test("ids differ")
    func ids() { #expect(Set((0..<1_000).map { _ in SilenceWish.newID() }).count == 1_000) }
}
