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
        /// Its sender sends nothing more.
        var hasEnded = false
        /// To be sent.
        var output: ArraySlice<UInt8> = []
        /// Read and not looked at.
        fileprivate var input: ArraySlice<UInt8> = []
        /// So many bytes of the frame under way have not come yet.
        private var passing = 0

        /// Whether more should be read.
        var hasRoom: Bool { !hasEnded && output.count < ProxyFrames.mostWaiting }
        /// Whether all was sent that ever will be.
        var isOver: Bool { hasEnded && output.isEmpty }

        /// The length of the next frame, of which `head` bytes are there with the four that tell it; nil before.
        fileprivate mutating func next(head: Int32) throws(Broken) -> Int? {
            pass(passing)
            guard passing == 0, input.count >= head else { return nil }
            let size: Int32 = input.number(at: 0)
            guard size >= head - 4, size <= longest else { throw Broken() }
            return Int(size) + 4
        }

        /// Passes on as many bytes, those that are missing as soon as they come.
        fileprivate mutating func pass(_ count: Int) {
            let piece = input.prefix(count)
            output += piece
            input.removeFirst(piece.count)
            passing = count - piece.count
        }
    }

    private let port: UInt16
    var requests = Stream()
    var answers = Stream()
    /// The answers to come that are to be changed.
    private var expected: [(correlation: Int32, fields: [BrokerAnswer.Field])] = []

    /// - Parameter port: the proxy's, for clients.
    init(port: UInt16) { self.port = port }

    /// Takes what came from the client.
    mutating func take(request bytes: some Collection<UInt8>) throws(Broken) {
        requests.input += bytes
        while let size = try requests.next(head: 12) {
            let (key, version): (Int16, Int16) = (requests.input.number(at: 4), requests.input.number(at: 6))
            if let fields = BrokerAnswer.fields(key: key, version: version) {
                guard expected.count < ProxyFrames.mostExpected else { throw Broken() }
                expected.append((requests.input.number(at: 8), fields))
            }
            requests.pass(size)
        }
    }

    /// Takes what came from the broker.
    mutating func take(answer bytes: some Collection<UInt8>) throws(Broken) {
        answers.input += bytes
        while let size = try answers.next(head: 8) {
            let correlation: Int32 = answers.input.number(at: 4)
            if let index = expected.firstIndex(where: { $0.correlation == correlation }) {
                guard size <= ProxyFrames.longestChanged else { throw Broken() }
                guard answers.input.count >= size else { return }
                var answer = BrokerAnswer(answers.input.prefix(size))
                try answer.change(expected.remove(at: index).fields, port: port)
                answers.output += answer.bytes
                answers.input.removeFirst(size)
            } else {
                answers.pass(size)
            }
        }
    }
}

extension RandomAccessCollection<UInt8> where Index == Int {
    /// A number, big end first, at a place that is there, counted from the beginning.
    func number<Number: FixedWidthInteger>(at offset: Int) -> Number {
        self[(startIndex + offset)...].prefix(Number.bitWidth / 8).reduce(0) { $0 << 8 | Number($1) }
    }
}
