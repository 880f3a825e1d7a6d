/// How a service comes by its partitions.
package enum Membership: Sendable {
    /// The group's coordinator deals them out among the members, and keeps where each of them was committed.
    case group
    /// It takes all of them and commits nothing, so that every start is its first: the broker inside `pipeline` has no other reader of the
    /// kind, nothing from before, and makes whoever joins a group wait for seconds.
    case alone
}
