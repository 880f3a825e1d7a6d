/// Takes the text of an expression apart into tokens.
struct ExpressionLexer {
    enum Token: Equatable {
        case number(Double)
        /// *Units*: ms.
        case duration(Int64)
        /// A name or `and`, `or`, `not`.
        case word(String)
        /// An operator or a mark.
        case sign(String)
        case end

        /// For a person.
        var shown: String {
            switch self {
            case .number: "a number"
            case .duration: "a duration"
            case .word(let word): "`\(word.prefix(40))`"
            case .sign(let sign): "`\(sign)`"
            case .end: "the end"
            }
        }
    }

    private let bytes: [UInt8]
    private var at = 0

    init(_ bytes: [UInt8]) { self.bytes = bytes }

    /// The next token and where it begins.
    mutating func next() throws(ExpressionError) -> (token: Token, start: Int) {
        while at < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[at]) { at += 1 }
        let start = at
        guard at < bytes.count else { return (.end, start) }
        let isFraction = bytes[at] == UInt8(ascii: ".") && ExpressionLexer.isDigit(peek(1) ?? 0)
        if isFraction || ExpressionLexer.isDigit(bytes[at]) { return (try number(), start) }
        if ExpressionLexer.isLetter(bytes[at]) {
            while at < bytes.count, ExpressionLexer.isLetter(bytes[at]) || ExpressionLexer.isDigit(bytes[at]) {
                at += 1
            }
            return (.word(text(from: start)), start)
        }
        return (.sign(try sign()), start)
    }

    private mutating func sign() throws(ExpressionError) -> String {
        let start = at
        for sign in ["<=", ">=", "==", "!="] where bytes[at...].starts(with: sign.utf8) {
            at += 2
            return sign
        }
        at += 1
        let sign = text(from: start)
        if ["(", ")", ",", ".", "+", "-", "*", "/", "<", ">"].contains(sign) { return sign }
        throw ExpressionError(start, ExpressionLexer.unknown(bytes[start]))
    }

    private static func unknown(_ byte: UInt8) -> String {
        switch byte {
        case UInt8(ascii: "="): "`=` is no operator; `==` compares"
        case UInt8(ascii: "&"), UInt8(ascii: "|"), UInt8(ascii: "!"): "write `and`, `or` and `not` as words"
        case 0x21...0x7E: "`\(Character(Unicode.Scalar(byte)))` means nothing here"
        default: "a character that means nothing here; expressions are of letters, digits and ( ) , . + - * / < > = !"
        }
    }

    /// A number, or a duration where a letter follows the digits.
    private mutating func number() throws(ExpressionError) -> Token {
        let start = at
        skipDigits()
        if peek(0) == UInt8(ascii: ".") {
            at += 1
            skipDigits()
        }
        if let letter = peek(0), letter | 0x20 == UInt8(ascii: "e") {
            let isSigned = peek(1) == UInt8(ascii: "-") || peek(1) == UInt8(ascii: "+")
            if ExpressionLexer.isDigit(peek(isSigned ? 2 : 1) ?? 0) {
                at += isSigned ? 2 : 1
                skipDigits()
            }
        }
        guard let letter = peek(0), ExpressionLexer.isLetter(letter) else {
            guard let value = Double(text(from: start)), value.isFinite else {
                throw ExpressionError(start, "a number that is too large")
            }
            return .number(value)
        }
        while let byte = peek(0), ExpressionLexer.isLetter(byte) || ExpressionLexer.isDigit(byte) { at += 1 }
        guard let ms = RuleDuration.milliseconds(text(from: start)) else {
            throw ExpressionError(
                start, "`\(text(from: start).prefix(40))` is neither a number nor \(RuleDuration.wanted)")
        }
        return .duration(ms)
    }

    private mutating func skipDigits() { while let byte = peek(0), ExpressionLexer.isDigit(byte) { at += 1 } }

    private func peek(_ ahead: Int) -> UInt8? { at + ahead < bytes.count ? bytes[at + ahead] : nil }

    private func text(from start: Int) -> String { String(decoding: bytes[start..<at], as: UTF8.self) }

    private static func isDigit(_ byte: UInt8) -> Bool { byte &- UInt8(ascii: "0") <= 9 }

    private static func isLetter(_ byte: UInt8) -> Bool {
        (byte | 0x20) &- UInt8(ascii: "a") <= 25 || byte == UInt8(ascii: "_")
    }
}

/// What is wrong with an expression, and at which of its bytes.
struct ExpressionError: Error, Equatable {
    let at: Int
    let message: String

    init(_ at: Int, _ message: String) {
        self.at = at
        self.message = message
    }
}
