internal import CryptoCore

/// What paths a route answers: `/health/live`, `/windows/:series`, or everything below `/page/` as `/page/*`.
struct PathPattern: Sendable {
    /// One part between slashes.
    enum Segment: Sendable, Equatable {
        case literal([UInt8])
        /// Any text that is not empty.
        case parameter(String)
        /// The rest of the path, which may be empty; the last segment only.
        case rest
    }

    /// As it was given.
    let text: String
    let segments: [Segment]
    private let literal: [UInt8]?

    /// Whether it ends in `*`.
    var isOpen: Bool { segments.last == .rest }

    /// Traps where the text is none: routes are written by us.
    init(_ text: String) {
        precondition(text.hasPrefix("/"), "a path begins with a slash: \(text)")
        self.text = text
        segments = text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map {
            if $0.first == UInt8(ascii: ":") { return .parameter(String($0.dropFirst()) ?? "") }
            return $0.elementsEqual([UInt8(ascii: "*")]) ? .rest : .literal(Array($0))
        }
        precondition(!segments.dropLast().contains(.rest), "* stands for the rest of a path: \(text)")
        precondition(parameterCount(segments) <= PathMatch.mostParameters, "too many parameters: \(text)")
        literal = segments.allSatisfy { if case .literal = $0 { true } else { false } } ? Array(text.utf8) : nil
    }

    /// Where the parameters lie in the path; nil when it is another. *Complexity*: no allocation.
    func match(_ path: UnsafeRawBufferPointer) -> PathMatch? {
        if let literal, literal.count == path.count, literal.elementsEqual(path) { return PathMatch() }
        guard path.first == UInt8(ascii: "/") else { return nil }
        var match = PathMatch()
        var start = 1
        for (index, segment) in segments.enumerated() {
            if segment == .rest {
                match.append(start..<path.count)
                return match
            }
            let end = path[start...].firstIndex(of: UInt8(ascii: "/")) ?? path.count
            guard accepts(segment, UnsafeRawBufferPointer(rebasing: path[start..<end])) else { return nil }
            if case .parameter = segment { match.append(start..<end) }
            if index == segments.count - 1 { return end == path.count ? match : nil }
            guard end < path.count else { return nil }
            start = end + 1
        }
        return nil
    }

    /// The place among the parameters, of which `*` is the last.
    func parameterIndex(_ name: String) -> Int? {
        segments.filter { if case .literal = $0 { false } else { true } }.firstIndex {
            switch $0 {
            case .parameter(let own): own == name
            case .rest: name == "*"
            case .literal: false
            }
        }
    }

    /// Whether this pattern is asked before the other: what is said plainly goes before what is left open, the shorter of two that
    /// begin alike before the longer.
    func goesBefore(_ other: PathPattern) -> Bool {
        for (mine, theirs) in zip(segments, other.segments) where rank(mine) != rank(theirs) {
            return rank(mine) < rank(theirs)
        }
        return segments.count < other.segments.count
    }

    private func accepts(_ segment: Segment, _ bytes: UnsafeRawBufferPointer) -> Bool {
        switch segment {
        case .literal(let plain): PercentText.equal(bytes, plain)
        case .parameter: !bytes.isEmpty
        case .rest: true
        }
    }

    private func rank(_ segment: Segment) -> Int {
        switch segment {
        case .literal: 0
        case .parameter: 1
        case .rest: 2
        }
    }
}

private func parameterCount(_ segments: [PathPattern.Segment]) -> Int {
    segments.count { if case .literal = $0 { false } else { true } }
}

/// Where the parameters of a route lie in a path, in their order.
struct PathMatch: Sendable {
    static let mostParameters = 4
    private var ranges: InlineArray<4, Range<Int>> = .init(repeating: 0..<0)
    private(set) var count = 0

    subscript(_ index: Int) -> Range<Int> { ranges[index] }

    mutating func append(_ range: Range<Int>) {
        ranges[count] = range
        count += 1
    }
}
