import TestSupport
import Testing

@testable import KafkaClient

@Suite("What the broker's proxy changes, and what it leaves")
struct ProxyFramesTests {
    private static let port: UInt16 = 0xABCD

    /// Numbers of the protocol, big end first.
    private static func bytes(_ values: [any FixedWidthInteger]) -> [UInt8] {
        values.flatMap { bytes(of: $0) }
    }

    private static func bytes(of value: some FixedWidthInteger) -> [UInt8] {
        var bytes: [UInt8] = []
        for place in 1...value.bitWidth / 8 {
            bytes.append(UInt8(truncatingIfNeeded: value >> (value.bitWidth - 8 * place)))
        }
        return bytes
    }

    private static func text(_ text: String) -> [UInt8] { bytes([Int16(text.utf8.count)]) + Array(text.utf8) }

    private static func frame(_ body: [UInt8]) -> [UInt8] { bytes([Int32(body.count)]) + body }

    private static func request(_ key: Int16, _ version: Int16, _ correlation: Int32, _ rest: [UInt8] = []) -> [UInt8] {
        frame(bytes([key, version, correlation]) + text("me") + rest)
    }

    /// What comes out at the broker's end, and at the client's, when both sides send in pieces of `step` bytes.
    private func pass(
        _ requests: [UInt8], _ answers: [UInt8], step: Int = .max
    ) throws -> (requests: [UInt8], answers: [UInt8]) {
        var frames = ProxyFrames(port: Self.port)
        for piece in requests.pieces(of: step) { try piece.withUnsafeBytes { try frames.take(request: $0) } }
        for piece in answers.pieces(of: step) { try piece.withUnsafeBytes { try frames.take(answer: $0) } }
        return (Array(frames.requests.output), Array(frames.answers.output))
    }

    private static let broker = bytes([Int32(7)]) + text("127.0.0.1") + bytes([Int32(9_999)])
    private static let proxied = bytes([Int32(7)]) + text("127.0.0.1") + bytes([Int32(0xABCD)])

    @Test("what it knows nothing of passes as it is, in whatever pieces it comes", arguments: [1, 2, 7, 64, .max])
    func untouched(step: Int) throws {
        let requests = Self.request(0, 7, 1, Array(0...255)) + Self.request(1, 11, 2) + Self.request(99, 99, 3)
        let answers = Self.frame(Self.bytes([Int32(1)]) + Array(0...255)) + Self.frame(Self.bytes([Int32(2)]))
        #expect(try pass(requests, answers, step: step) == (requests, answers))
    }

    @Test("Metadata and FindCoordinator name the proxy's port", arguments: [1, 3, .max])
    func ports(step: Int) throws {
        for version in Int16(0)...2 {
            let rack = version >= 1 ? Self.bytes([Int16(-1)]) : []
            let rest = Self.text("whatever follows")
            func metadata(_ brokers: [UInt8]) -> [UInt8] {
                Self.frame(Self.bytes([Int32(5), Int32(2)]) + brokers + rack + brokers + rack + rest)
            }
            let seen = try pass(Self.request(3, version, 5), metadata(Self.broker), step: step)
            #expect(seen == (Self.request(3, version, 5), metadata(Self.proxied)))
            let words = version >= 1 ? Self.bytes([Int32(0), Int16(0)]) + Self.text("none") : Self.bytes([Int16(0)])
            func coordinator(_ broker: [UInt8]) -> [UInt8] { Self.frame(Self.bytes([Int32(6)]) + words + broker) }
            #expect(
                try pass(Self.request(10, version, 6), coordinator(Self.broker), step: step).answers
                    == coordinator(Self.proxied))
        }
    }

    @Test("an answer to ApiVersions offers ListOffsets up to 3 only")
    func ranges() throws {
        func answer(_ newest: Int16) -> [UInt8] {
            Self.frame(
                Self.bytes([Int32(1), Int16(0), Int32(2)]) + Self.bytes([Int16(2), Int16(0), newest])
                    + Self.bytes([Int16(1), Int16(0), Int16(11), Int32(0)]))
        }
        #expect(try pass(Self.request(18, 2, 1), answer(5)).answers == answer(3))
        #expect(try pass(Self.request(18, 2, 1), answer(1)).answers == answer(1))
    }

    @Test("an ApiVersions request that the broker does not know is answered as Kafka does", arguments: [1, 5, .max])
    func refused(step: Int) throws {
        let requests = Self.request(18, 4, 9, Array(1...40)) + Self.request(0, 7, 10)
        // Error 35 in a body of no version.
        let refusal = Self.frame(Self.bytes([Int32(9), Int16(35), Int8(1), Int16(18), Int16(0), Int16(2), Int32(0)]))
        let seen = try pass(requests, refusal, step: step)
        #expect(seen.requests == requests)
        // Error 35, one range: ApiVersions 0 to 2.
        #expect(
            seen.answers
                == Self.frame(Self.bytes([Int32(9), Int16(35), Int32(1), Int16(18), Int16(0), Int16(2)])))
    }

    @Test("answers are told apart by their correlation ids, in whatever order they come")
    func order() throws {
        let metadata = { (broker: [UInt8]) in Self.frame(Self.bytes([Int32(2), Int32(1)]) + broker) }
        let fetch = Self.frame(Self.bytes([Int32(1)]) + Self.broker)
        let requests = Self.request(1, 4, 1) + Self.request(3, 0, 2)
        #expect(try pass(requests, metadata(Self.broker) + fetch).answers == metadata(Self.proxied) + fetch)
        #expect(try pass(requests, fetch + metadata(Self.broker)).answers == fetch + metadata(Self.proxied))
    }

    @Test("lengths that no Kafka has, and answers that end too soon, end the connection and nothing else")
    func broken() {
        for size in [Int32.min, -1, 0, 7, 104_857_601, .max] {
            #expect(throws: ProxyFrames.Broken.self) { try pass(Self.bytes([size, Int64(0), Int64(0)]), []) }
        }
        let asked = Self.request(3, 1, 5) + Self.request(10, 1, 6) + Self.request(18, 2, 7)
        let whole = Self.bytes([Int32(5), Int32(1)]) + Self.broker + Self.bytes([Int16(-1)])
        for length in 4..<whole.count {
            #expect(throws: ProxyFrames.Broken.self) { try pass(asked, Self.frame(Array(whole[..<length]))) }
        }
        #expect(throws: ProxyFrames.Broken.self) {
            try pass(asked, Self.bytes([Int32(8 << 20), Int32(5), Int32(0)]))
        }
        // Nobody has a thousand questions of this kind open.
        #expect(throws: ProxyFrames.Broken.self) {
            try pass((0..<1000).flatMap { Self.request(3, 1, $0) }, [])
        }
    }

    @Test("no bytes crash it", arguments: UInt64(0)..<50)
    func random(seed: UInt64) {
        var random = SplitMix64(seed: seed)
        var frames = ProxyFrames(port: Self.port)
        for _ in 0..<200 {
            let kind: Int16 = [3, 10, 18, 1].randomElement(using: &random) ?? 0
            let body = (0..<Int.random(in: 0...60, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random)
            }
            let request = Self.request(
                kind, Int16.random(in: -1...4, using: &random), Int32.random(in: 0...9, using: &random))
            let answer = Self.frame(Self.bytes([Int32.random(in: 0...9, using: &random)]) + body)
            request.withUnsafeBytes { bytes in _ = try? frames.take(request: bytes) }
            answer.withUnsafeBytes { bytes in _ = try? frames.take(answer: bytes) }
        }
    }
}

extension Array {
    /// The same elements, so many at a time.
    fileprivate func pieces(of count: Int) -> [ArraySlice<Element>] {
        stride(from: 0, to: self.count, by: Swift.min(count, Swift.max(1, self.count))).map {
            self[$0..<Swift.min(self.count - $0, count) + $0]
        }
    }
}
