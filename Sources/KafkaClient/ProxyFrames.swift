/// The frames of one connection on their way through the proxy: as they are but for the few that `BrokerAnswer` changes.
///
/// A frame that is not changed is passed on in the pieces in which it comes, however long it is.
struct ProxyFrames {
    /// What a peer sends is no Kafka, or more than anybody needs.
    struct Broken: Error {}

    /// No frame is longer: Kafka's own limit (`socket.request.max.bytes`) for requests. *Units*: bytes.
    private static let longest: Int32 = 104_857_600
    /// No answer that is changed is longer. *Units*: bytes.
    private static let longestChanged = 4 << 20
    /// No more answers that are to be changed are outstanding.
    private static let mostExpected = 64
    /// So much may wait to be sent before no more is read. *Units*: bytes.
    private static let mostWaiting = 1 << 18

    /// One direction.
    struct Stream {
        /// Read and not looked at.
        fileprivate var input = ByteQueue()
        /// To be sent.
        var output = ByteQueue()
        /// Bytes of the frame under way, which are passed on, or dropped.
        fileprivate var passing = 0
        fileprivate var dropping = 0

        /// Whether more should be read.
        var hasRoom: Bool { output.count < ProxyFrames.mostWaiting }

        /// Deals with the rest of a frame whose fate is known; whether the next one begins.
        fileprivate mutating func finishFrame() -> Bool {
            let passed = min(passing, input.count)
            input.withFirst(passed) { output.append($0) }
            passing -= passed
            let dropped = min(dropping, input.count - passed)
            dropping -= dropped
            input.removeFirst(passed + dropped)
            return passing == 0 && dropping == 0
        }
    }

    private struct Expected {
        let correlation: Int32
        let kind: BrokerAnswer.Kind
        let version: Int16
        /// The client asked with a version that the broker does not know.
        let isRefused: Bool
    }

    private let port: UInt16
    private(set) var requests = Stream()
    private(set) var answers = Stream()
    private var expected: [Expected] = []

    /// - Parameter port: the proxy's, for clients.
    init(port: UInt16) { self.port = port }

    /// Takes what came from the client.
    mutating func take(request bytes: UnsafeRawBufferPointer) throws(Broken) {
        requests.input.append(bytes)
        while requests.finishFrame(), requests.input.count >= 12 {
            let size = try ProxyFrames.size(of: requests.input, atLeast: 8)
            let key = requests.input.int16(at: 4)
            let version = requests.input.int16(at: 6)
            guard let kind = BrokerAnswer.Kind(rawValue: key) else {
                requests.passing = size
                continue
            }
            let isKnown = (0...BrokerAnswer.newest[kind, default: 0]).contains(version)
            // Of another request the broker's own refusal is as good as any.
            if !isKnown, kind != .apiVersions {
                requests.passing = size
                continue
            }
            guard expected.count < ProxyFrames.mostExpected else { throw Broken() }
            expected.append(
                Expected(
                    correlation: requests.input.int32(at: 8), kind: kind, version: isKnown ? version : 0,
                    isRefused: !isKnown))
            if isKnown {
                requests.passing = size
            } else {
                // Asked with version 0 and no client id instead: so the answer keeps its place among the others.
                requests.output.append([0, 0, 0, 10] + [0, 18, 0, 0] + requests.input.first(12)[8...] + [0xFF, 0xFF])
                requests.dropping = size
            }
        }
    }

    /// Takes what came from the broker.
    mutating func take(answer bytes: UnsafeRawBufferPointer) throws(Broken) {
        answers.input.append(bytes)
        while answers.finishFrame(), answers.input.count >= 8 {
            let size = try ProxyFrames.size(of: answers.input, atLeast: 4)
            let correlation = answers.input.int32(at: 4)
            guard let index = expected.firstIndex(where: { $0.correlation == correlation }) else {
                answers.passing = size
                continue
            }
            guard size <= ProxyFrames.longestChanged else { throw Broken() }
            guard answers.input.count >= size else { return }
            answers.output.append(try changed(answers.input.first(size), expected.remove(at: index)))
            answers.input.removeFirst(size)
        }
    }

    // MARK: Parts

    private func changed(_ frame: [UInt8], _ asked: Expected) throws(Broken) -> [UInt8] {
        var answer = BrokerAnswer(frame)
        do throws(BrokerAnswer.Unreadable) {
            switch asked.kind {
            case .apiVersions where asked.isRefused: answer.refuseVersion()
            case .apiVersions: try answer.cutRanges()
            case .metadata, .findCoordinator: try answer.setPort(port, asked.kind, version: asked.version)
            }
        } catch { throw Broken() }
        return answer.bytes
    }

    /// The length of the first frame with the four bytes that tell it.
    private static func size(of input: ByteQueue, atLeast least: Int32) throws(Broken) -> Int {
        let size = input.int32(at: 0)
        guard size >= least, size <= longest else { throw Broken() }
        return Int(size) + 4
    }
}

extension ProxyFrames {
    /// So many bytes of the requests were sent on.
    mutating func noteSent(requests count: Int) { requests.output.removeFirst(count) }

    /// So many bytes of the answers were sent on.
    mutating func noteSent(answers count: Int) { answers.output.removeFirst(count) }
}
