/// Why a changelog cannot be used.
public enum ChangelogError: Error, Equatable, Sendable {
    /// A record that this version did not write.
    case malformed(offset: Int64)
    /// The state was made by another version of its format.
    case version(Int64)
    /// The state was made with another value of a setting that it depends on: the flag, and the value that it had.
    case setting(flag: String, value: String)
}
