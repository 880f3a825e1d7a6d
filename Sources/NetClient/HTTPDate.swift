internal import CCurl

/// Reads dates of HTTP headers, and how long a `Retry-After` asks to wait.
package enum HTTPDate {
    /// Seconds since the Unix epoch; `nil` when it is no date.
    ///
    /// *Source*: RFC 9110, section 5.6.7; all its three forms.
    package static func seconds(_ text: String) -> Int64? {
        // It reads sloppier dates than HTTP's too; those start with a digit, and would take a bare number for a year.
        guard let first = text.utf8.first, first > UInt8(ascii: "9") else { return nil }
        let time = curl_getdate(text, nil)
        return time < 0 ? nil : Int64(time)
    }

    /// How long a `Retry-After` header asks to wait, not below 0; `nil` when it says nothing we understand.
    ///
    /// A date counts from the answer's own `Date`, so that our clock may be wrong; without one, from ours.
    /// *Source*: RFC 9110, section 10.2.3.
    package static func retryAfterSeconds(_ value: String, serverDate: String?, wallSeconds: Int64) -> Int? {
        if !value.isEmpty, value.utf8.allSatisfy({ (0x30...0x39).contains($0) }) {
            return Int(value) ?? Int.max  // more digits than fit: for ever
        }
        guard let at = seconds(value) else { return nil }
        return Int(max(0, at - (serverDate.flatMap(seconds) ?? wallSeconds)))
    }
}
