import TestSupport
import TestTraits
import Testing

@testable import KafkaClient

@Suite("The embedded broker's port for other programs", .waiting)
struct BrokerProxyTests {
    /// A proxy before a broker that the test plays, and one client.
    private struct Line {
        let listener = RawSocket()
        let proxy: BrokerProxy
        let client: RawSocket
        let broker: RawSocket

        init() throws {
            proxy = try BrokerProxy(of: "127.0.0.1:\(listener.port)")
            client = RawSocket(port: proxy.port)
            var accepted: RawSocket?
            let isDone1: Bool = waitUntil(seconds: 60) { [proxy, listener] in
                proxy.serve(waitMs: 1)
                accepted = accepted ?? listener.accept()
                return accepted != nil
            }
            #expect(isDone1)
            broker = try #require(accepted)
        }

        /// Lets everybody work until the condition holds.
        func serve(until condition: () -> Bool) -> Bool {
            let end = ContinuousClock.now + .seconds(60)
            while ContinuousClock.now < end {
                proxy.serve(waitMs: 1)
                if condition() { return true }
            }
            return false
        }
    }

    /// A Produce request's head, or an answer, with so many bytes behind it.
    private func request(_ rest: Int, correlation: UInt8 = 1) -> [UInt8] {
        frame([0, 0, 0, 7, 0, 0, 0, correlation], rest)
    }

    private func answer(_ rest: Int, correlation: UInt8 = 1) -> [UInt8] { frame([0, 0, 0, correlation], rest) }

    private func frame(_ head: [UInt8], _ rest: Int) -> [UInt8] {
        let size = head.count + rest
        return (0..<4).reversed().map { UInt8(truncatingIfNeeded: size >> ($0 * 8)) } + head
            + (0..<rest).map { UInt8(truncatingIfNeeded: $0 &* 31) }
    }

    @Test("a client that has said all still gets its answers; then both ends are closed")
    func halfClosed() throws {
        let line = try Line()
        #expect(line.client.send(request(5)[...]) == 17)
        line.client.end()
        let isDone2: Bool = line.serve {
            line.broker.read()
            return line.broker.hasEnded
        }
        #expect(isDone2)
        #expect(line.broker.received == request(5) && !line.client.hasEnded && line.proxy.count == 1)
        #expect(line.broker.send(answer(3)[...]) == 11)
        line.broker.end()
        let isDone3: Bool = line.serve {
            line.client.read()
            return line.client.hasEnded
        }
        #expect(isDone3)
        #expect(line.client.received == answer(3) && line.proxy.count == 0)
    }

    @Test("what the one end does not take is not read from the other, and arrives whole later")
    func backpressure() throws {
        let line = try Line()
        let answers = (0..<64).flatMap { _ in answer(1 << 19) }
        var sent = 0
        // As much as the sockets' own buffers and 300 kB take.
        var idle = 0
        let isDone4: Bool = line.serve {
            let more = line.broker.send(answers[sent...])
            sent += more
            idle = more == 0 ? idle + 1 : 0
            return idle > 200 || sent == answers.count
        }
        #expect(isDone4)
        #expect(sent < answers.count / 2, "\(sent) bytes went nowhere")
        let isDone5: Bool = line.serve {
            if sent < answers.count { sent += line.broker.send(answers[sent...]) }
            line.client.read()
            return line.client.received.count >= answers.count
        }
        #expect(isDone5)
        #expect(line.client.received == answers)
    }

    @Test("a frame that no Kafka sends ends its own connection, from either end; others go on")
    func oversized() throws {
        let line = try Line()
        let other = RawSocket(port: line.proxy.port)
        var behind: RawSocket?
        let isDone6: Bool = line.serve {
            behind = behind ?? line.listener.accept()
            return behind != nil
        }
        #expect(isDone6)
        _ = line.client.send([0x7F, 0xFF, 0xFF, 0xFF, 0, 0, 0, 7, 0, 0, 0, 1])
        let isDone7: Bool = line.serve {
            line.client.read()
            line.broker.read()
            return line.client.hasEnded && line.broker.hasEnded
        }
        #expect(isDone7)
        #expect(line.proxy.count == 1)
        _ = behind?.send(answer(9)[...])
        let isDone8: Bool = line.serve {
            other.read()
            return other.received == answer(9)
        }
        #expect(isDone8)
        _ = behind?.send([0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 1])
        let isDone9: Bool = line.serve {
            other.read()
            return other.hasEnded
        }
        #expect(isDone9)
        #expect(line.proxy.count == 0)
    }

    @Test("a broker that is gone is a closed connection")
    func noBroker() throws {
        let line = try Line()
        let gone = try BrokerProxy(of: "127.0.0.1:1")
        let client = RawSocket(port: gone.port)
        let isDone10: Bool = waitUntil(seconds: 20) {
            gone.serve(waitMs: 1)
            client.read()
            return client.hasEnded
        }
        #expect(isDone10)
        #expect(throws: KafkaError.self) { _ = try BrokerProxy(of: "127.0.0.1:1", port: line.proxy.port) }
    }
}
