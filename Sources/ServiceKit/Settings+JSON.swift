internal import CryptoCore

extension Settings {
    /// All values as a JSON object, keys sorted as in the help, secrets masked; a valid `--config` file again.
    package func json() -> String {
        let lines = all.filter { $0.flag.name != CommonFlags.config.spec.name }.map { flag, value in
            "  \(JSONWriter.quoted(flag.name)): \(json(value, of: flag))"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private func json(_ value: Value, of flag: FlagSpec) -> String {
        let isSecret = flag.isSecret
        func shown(_ text: String) -> String { JSONWriter.quoted(isSecret ? Secrets.mask : Secrets.masking(text)) }
        switch value {
        case .text(let text): return shown(text)
        case .hostPort(let address): return shown("\(address)")
        case .integer(let number): return String(number)
        case .milliseconds(let ms): return JSONWriter.quoted(Durations.text(milliseconds: ms))
        case .bytes(let bytes): return JSONWriter.quoted(ByteSizes.text(bytes: bytes))
        case .list(let words) where flag.kind == .uris && words.count == 1: return shown(words[0])
        case .list(let words): return "[" + words.map(shown).joined(separator: ", ") + "]"
        case .toggle(let isOn): return String(isOn)
        case .keyValues(let pairs):
            let texts = pairs.map { pair in
                let value = Secrets.isSecret(name: pair.key) ? Secrets.mask : Secrets.masking(pair.value)
                return "\(JSONWriter.quoted(pair.key)): \(JSONWriter.quoted(value))"
            }
            return "{" + texts.joined(separator: ", ") + "}"
        }
    }
}
