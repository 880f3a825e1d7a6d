import Feeds
import NetClient
import TestSupport
import TestTraits
import Testing

@Suite("VenueRequest", .waiting)
struct VenueRequestTests {
    private func answer(_ client: HTTPClient, _ id: HTTPClient.RequestID) throws -> HTTPReply {
        var answer: Result<HTTPReply, TransportError>?
        #expect(
            waitUntil(seconds: 20) {
                answer = answer ?? client.poll(waitMs: 10).first { $0.id == id }?.result
                return answer != nil
            })
        return try #require(answer).get()
    }

    @Test("it goes where its endpoint leads, with its headers and its own limit of the body")
    func endpoint() throws {
        let server = try LoopbackServer { _, connection in
            try connection.reply(200, bytes: [UInt8](repeating: 0x20, count: 1000))
        }
        let client = HTTPClient(limits: .init(bodyBytes: 10))
        let endpoint = try Endpoint(parsing: server.url("/binance"))
        var request = VenueRequest(
            "https://api.binance.com/api/v3/trades?symbol=BTCUSDT", headers: ["X-MBX-APIKEY": "k"],
            bodyBytes: 1000)
        #expect(try answer(client, client.start(request, endpoint: endpoint)).body.count == 1000)
        let asked = try #require(server.requests.first)
        #expect(asked.target == "/binance/api/v3/trades?symbol=BTCUSDT" && asked.headers["x-mbx-apikey"] == "k")
        request.bodyBytes = 999
        #expect(throws: TransportError.tooLarge(limit: 999)) {
            try answer(client, client.start(request, endpoint: endpoint))
        }
        #expect(try answer(client, client.start(VenueRequest(server.url("/x")))).status == 200)
    }
}
