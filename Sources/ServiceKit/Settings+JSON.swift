internal import CryptoCore

extension Settings {
    /// All values as a JSON object, keys sorted as in the specification, secrets masked; a valid `--config` file again.
    package func json() -> String {
        let lines = spec.flags.filter { $0.name != "config" && has($0.name) }.map { flag in
            "  \(JSONText.quoted(flag.name)): \(jsonValue(of: flag))"
        }
        return "{\n" + lines.joined(separator: ",\n") + "\n}\n"
    }

    private func jsonValue(of flag: Flag) -> String {
        let isSecret = Secrets.isSecret(name: flag.name)
        func shown(_ text: String) -> String { JSONText.quoted(isSecret ? Secrets.mask : Secrets.masking(text)) }
        switch flag.kind {
        case .text, .hostPort, .choice(_, several: false): return shown(text(flag.name))
        case .integer: return String(integer(flag.name))
        case .duration: return JSONText.quoted(Durations.text(milliseconds: durationMs(flag.name)))
        case .bytes: return JSONText.quoted(ByteSizes.text(bytes: bytes(flag.name)))
        case .uris where list(flag.name).count == 1: return shown(list(flag.name)[0])
        case .list, .uris, .choice(_, several: true):
            return "[" + list(flag.name).map(shown).joined(separator: ", ") + "]"
        case .toggle: return String(isOn(flag.name))
        case .keyValues:
            let pairs = keyValues(flag.name).map { pair in
                let value = Secrets.isSecret(name: pair.key) ? Secrets.mask : Secrets.masking(pair.value)
                return "\(JSONText.quoted(pair.key)): \(JSONText.quoted(value))"
            }
            return "{" + pairs.joined(separator: ", ") + "}"
        }
    }
}
