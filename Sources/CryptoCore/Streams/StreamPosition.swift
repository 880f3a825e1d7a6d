/// Where a stream service stands in one partition number of its inputs. It is part of the state: both are committed together.
public struct StreamPosition: Equatable, Sendable {
    /// Where it stands in one input.
    public struct Input: BitwiseCopyable, Equatable, Sendable {
        /// The offset of the record that comes next; nil before the first.
        public var next: Int64?
        /// The largest time of the records before it, ms since the epoch; `Int64.min` while none had a time. Of several inputs
        /// only: these are merged by it (`InputMerge`).
        public var time = Int64.min
        /// Whether it is not read, and was not when the position was written.
        public private(set) var isIdle = false

        public init(next: Int64? = nil, time: Int64 = .min) {
            self.next = next
            self.time = time
        }

        /// The place in an input that is not read: none.
        public static var idle: Input {
            var input = Input()
            input.isIdle = true
            return input
        }
    }

    /// In the order of the service's inputs.
    public var inputs: [Input]

    public init(_ inputs: [Input]) { self.inputs = inputs }

    /// The beginning of so many inputs.
    public init(inputs count: Int) { self.init(Array(repeating: Input(), count: count)) }

    /// The offsets of the records that come next.
    public var offsets: [Int64?] { inputs.map(\.next) }
}

extension StreamPosition {
    /// Appends it: of one input its offset alone; of several an offset and a time each.
    public func encode(into writer: inout ChangelogWriter) {
        for input in inputs {
            writer.put(input.isIdle ? -1 : input.next ?? 0)
            if inputs.count > 1 { writer.put(input.time) }
        }
    }

    /// Reads what `encode` wrote of so many inputs.
    public init(inputs count: Int, _ reader: inout ChangelogReader) throws(ChangelogReader.Malformed) {
        inputs = []
        for _ in 0..<count {
            let next = try reader.integer()
            let time = count > 1 ? try reader.timeOrNever() : .min
            guard next >= 0 || next == -1 && count > 1 && time == .min else { throw ChangelogReader.Malformed() }
            inputs.append(next < 0 ? .idle : Input(next: next > 0 ? next : nil, time: time))
        }
    }
}
