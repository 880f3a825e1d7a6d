import CryptoCore
import Foundation
import HTTPServer
import ServiceKit
import ServiceRuntime
import System
import TestSupport
import Testing

@testable import InferenceService

@Suite("Rows of features in JSON")
struct RowReaderTests {
    private let features: [AskedModel.Feature]

    init() throws {
        let (context, _) = try MadeModels().context()
        let served = ServedModel(
            try MadeModels.model(), name: "direction", version: 1, fileHash: "0123456789abcdef")
        features = AskedModel(served, RequestMetrics(context)).features
    }

    private func read(_ body: [UInt8]) -> Result<RowReader, Refusal> {
        var rows = RowReader(features)
        do throws(Refusal) {
            try rows.read(body.span.bytes)
            return .success(rows)
        } catch { return .failure(error) }
    }

    /// Status and words of what a body gets.
    private func refusal(_ body: String) -> String {
        guard case .failure(let refusal) = read(Array(body.utf8)) else { return "200" }
        let response = refusal.response
        return "\(response.status) \(String(decoding: response.body, as: UTF8.self))"
    }

    @Test("the order of the fields and white space do not matter, and a flag is true, false, 1 or 0")
    func rows() throws {
        for body in [
            #"{"price":1,"quantity":2.5,"is_buy":1}"#, #"{"is_buy":true,"quantity":25e-1,"price":1.0}"#,
            " {\n\t\"quantity\" : 2.5 , \"is_buy\" : 1.0 ,\r\n \"pr\\u0069ce\" : 1 } \n",
        ] {
            let rows = try read(Array(body.utf8)).get()
            #expect(rows.values == [1, 2.5, 1] && rows.rowCount == 1 && !rows.isArray, "\(body)")
        }
        let rows = try read(
            Array(#"[{"price":-1,"quantity":0,"is_buy":false},{"price":3,"quantity":1e-40,"is_buy":0}]"#.utf8)
        ).get()
        #expect(rows.values == [-1, 0, 0, 3, Float(1e-40), 0] && rows.rowCount == 2 && rows.isArray)
        #expect(try read(Array("[]".utf8)).get().rowCount == 0)
    }

    @Test(
        "a field that is not as the model wants it is named with the reason, and 422",
        arguments: [
            (
                #"{"price":1,"quantity":2,"is_buy":1,"amount":2}"#,
                "amount: no field of the model, which has price, quantity, is_buy"
            ),
            (#"{"price":1,"is_buy":1}"#, "quantity: is missing"), (#"{}"#, "price: is missing"),
            (#"{"price":1,"quantity":2,"is_buy":1,"price":1}"#, "price: stands there twice"),
            (#"{"price":null,"quantity":2,"is_buy":1}"#, "price: must be a number, not null"),
            (#"{"price":"1","quantity":2,"is_buy":1}"#, "price: must be a number, not a text"),
            (#"{"price":"NaN","quantity":2,"is_buy":1}"#, "price: must be a number, not a text"),
            (#"{"price":true,"quantity":2,"is_buy":1}"#, "price: must be a number, not true or false"),
            (#"{"price":[1],"quantity":2,"is_buy":1}"#, "price: must be a number, not an array"),
            (#"{"price":{},"quantity":2,"is_buy":1}"#, "price: must be a number, not an object"),
            (#"{"price": NaN,"quantity":2,"is_buy":1}"#, "price: must be a number, not NaN"),
            (#"{"price":1,"quantity":Infinity,"is_buy":1}"#, "quantity: must be a number, not Infinity"),
            (#"{"price":1,"quantity":-Infinity,"is_buy":1}"#, "quantity: must be a number, not -Infinity"),
            (#"{"price":1e400,"quantity":2,"is_buy":1}"#, "price: is too large"),
            (#"{"price":-3.5e38,"quantity":2,"is_buy":1}"#, "price: is too large"),
            (#"{"price":1,"quantity":2,"is_buy":2}"#, "is_buy: must be true, false, 0 or 1"),
            (#"{"price":1,"quantity":2,"is_buy":0.5}"#, "is_buy: must be true, false, 0 or 1"),
            (#"{"price":1,"quantity":2,"is_buy":null}"#, "is_buy: must be true, false, 0 or 1, not null"),
            (#"[{"price":1,"quantity":2,"is_buy":1},{"price":1}]"#, "row 2: quantity: is missing"),
            (
                #"[{"price":1,"quantity":2,"is_buy":1},7]"#,
                "row 2: must be an object of the fields price, quantity, is_buy"
            ),
            ("7", "the body must be an object or an array of objects"), ("null", "the body must be an object"),
            (#""text""#, "the body must be an object"),
        ])
    func fields(body: String, wanted: String) {
        #expect(refusal(body).hasPrefix("422 ") && refusal(body).contains(wanted), "\(refusal(body))")
    }

    @Test(
        "what is no JSON is 400, also where a field is wrong before that",
        arguments: [
            "", " ", "{", "[", #"{"price":null,"quantity":2"#, #"{"price":1,"quantity":2,"is_buy":1} x"#,
            #"{"price":01,"quantity":2,"is_buy":1}"#, #"{"price":+1,"quantity":2,"is_buy":1}"#,
            #"{"price":1.,"quantity":2,"is_buy":1}"#, #"{'price':1,"quantity":2,"is_buy":1}"#,
            #"{"price":1,"quantity":2,"is_buy":True}"#, #"{"price":1,"quantity":2,"is_buy":1,}"#,
            #"[{"price":1,"quantity":2,"is_buy":1},]"#, #"{"price":nan,"quantity":2,"is_buy":1}"#,
            #"{"price":Infinity1,"quantity":2,"is_buy":1}"#, "price=1&quantity=2&is_buy=1",
            #"{"x":"# + String(repeating: "[", count: 100_000),
        ])
    func noJSON(body: String) { #expect(refusal(body).hasPrefix("400 "), "\(refusal(body))") }

    @Test("every part of a request that ends too early is no JSON")
    func truncated() throws {
        let body = Array(#"[{"price":1.5,"quantity":2e3,"is_buy":true},{"is_buy":0,"price":-1,"quantity":3}]"#.utf8)
        #expect(try read(body).get().rowCount == 2)
        for count in 0..<body.count {
            guard case .failure(.notJSON) = read(Array(body[..<count])) else {
                Issue.record("\(count) bytes are taken")
                continue
            }
        }
    }

    @Test("bodies of bytes that somebody changed at random are answered, whatever they are", arguments: UInt64(0)..<200)
    func changed(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var body = Array(#"[{"price":1.5,"quantity":2e3,"is_buy":true},{"is_buy":0,"price":NaN,"quantity":null}]"#.utf8)
        for _ in 0..<Int.random(in: 1...6, using: &random) {
            body[Int.random(in: body.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        switch read(body) {
        case .success(let rows): #expect(rows.values.count == 3 * rows.rowCount && rows.values.allSatisfy(\.isFinite))
        case .failure(let refusal): #expect([400, 422].contains(refusal.response.status))
        }
    }

    @Test("rows read are those that were written, whatever their number and order", arguments: UInt64(0)..<50)
    func roundTrip(seed: UInt64) throws {
        var random = SplitMix64(seed: seed)
        let wanted = (0..<Int.random(in: 0...40, using: &random)).map { _ in
            [
                "price": Double.random(in: -1e6...1e6, using: &random),
                "quantity": Double.random(in: 0...1, using: &random)
                    * pow(10, Double(Int.random(in: -30...30, using: &random))),
                "is_buy": Double(Int.random(in: 0...1, using: &random)),
            ]
        }
        // JSONSerialization writes the fields of each dictionary in an order of its own.
        let rows = try read(Array(try JSONSerialization.data(withJSONObject: wanted))).get()
        #expect(rows.rowCount == wanted.count)
        let values = wanted.flatMap { row in ["price", "quantity", "is_buy"].map { Float(row[$0] ?? .nan) } }
        #expect(rows.values == values)
    }

    @Test("more rows than a request may have are refused, and as many are taken")
    func many() throws {
        func body(_ count: Int) -> [UInt8] {
            Array(
                ("[" + Array(repeating: #"{"price":1,"quantity":2,"is_buy":1}"#, count: count).joined(separator: ",")
                    + "]").utf8)
        }
        #expect(try read(body(RowReader.mostRows)).get().rowCount == RowReader.mostRows)
        #expect(read(body(RowReader.mostRows + 1)).failure == .tooManyRows(RowReader.mostRows))
    }
}

extension Result {
    fileprivate var failure: Failure? { if case .failure(let failure) = self { failure } else { nil } }
}
