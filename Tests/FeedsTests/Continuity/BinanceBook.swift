import Feeds
import Foundation

/// What happened on one market, as Binance's REST interface tells it: trade `id` at `startMs + id * stepMs`.
struct BinanceBook {
    let symbol: String
    let ids: Range<Int64>
    let startMs: Int64
    let stepMs: Int64
    /// Ids that the venue does not have, though it counted them.
    var absent: Set<Int64> = []
    var requests = 0

    func timeMs(_ id: Int64) -> Int64 { startMs + id * stepMs }

    /// A stream's frame.
    func frame(_ id: Int64) -> [UInt8] {
        let name = symbol.replacingOccurrences(of: "-", with: "")
        return Array(
            #"{"stream":"x","data":{"e":"trade","E":1,"s":"\#(name)","t":\#(id),"p":"\#(100 + id % 7)","q":"0.5","T":\#(timeMs(id)),"m":\#(id % 2 == 0),"M":true}}"#
                .utf8)
    }

    /// The answer to a request of `BinanceHistory`, as far as trades have happened by `untilID`.
    mutating func answer(_ request: VenueRequest, untilID: Int64) -> VenueResponse {
        requests += 1
        let query = URLComponents(string: request.address)?.queryItems ?? []
        let limit = query.first { $0.name == "limit" }.flatMap { Int64($0.value ?? "") } ?? 500
        let from = query.first { $0.name == "fromId" }.flatMap { Int64($0.value ?? "") }
        let end = min(ids.upperBound, untilID)
        let first = max(ids.lowerBound, from ?? end - limit)
        var items: [String] = []
        var id = first
        while id < end, items.count < limit {
            if !absent.contains(id) {
                items.append(
                    #"{"id":\#(id),"price":"\#(100 + id % 7)","qty":"0.5","quoteQty":"1","time":\#(timeMs(id)),"isBuyerMaker":\#(id % 2 == 0),"isBestMatch":true}"#
                )
            }
            id += 1
        }
        return VenueResponse(status: 200, body: Array("[\(items.joined(separator: ","))]".utf8))
    }
}
