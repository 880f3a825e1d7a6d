internal import Foundation
internal import TestSupport

/// The members of one group, and the orchestrator that starts them again when they end by themselves.
final class Fleet {
    let program: Program
    private let brokers: String
    private let prefix: String
    private let folder: URL
    private var started = 0
    private(set) var members: [Member] = []
    /// Members that ended, for their logs.
    private(set) var ended: [Member] = []
    /// Exits that nobody asked for, each answered with a restart.
    private(set) var restarts = 0

    init(_ program: Program, brokers: String, prefix: String, in folder: URL) {
        self.program = program
        self.brokers = brokers
        self.prefix = prefix
        self.folder = folder
    }

    deinit { end() }

    /// Ends what still runs, at once.
    func end() {
        for member in members + ended where member.isRunning {
            member.signal(SIGKILL)
            _ = try? member.end(seconds: 5)
        }
    }

    /// Lines of all logs that hold a text.
    func logged(_ text: String) -> Int {
        (members + ended).reduce(0) { $0 + $1.log.components(separatedBy: text).count - 1 }
    }

    @discardableResult
    func start(_ instance: String?) throws -> Member {
        started += 1
        let member = try Member(
            "\(started)-\(instance ?? "dynamic")", program, instance: instance, cluster: (brokers, prefix), in: folder)
        members.append(member)
        return member
    }

    /// Starts again what ended by itself.
    /// - Throws: `Failure` when one ended with a signal or with any other code than 1.
    func supervise() throws {
        try Interruption.check()
        for member in members where !member.isRunning {
            let status = try member.end(seconds: 5)
            guard status == 1 else {
                throw Failure("\(program.name) \(member.label) ended with \(status): \(member.log.suffix(3_000))")
            }
            restarts += 1
            say("    \(member.label) exited 1, is restarted: \(member.lastTrouble)")
            forget(member)
            try start(member.instance)
        }
    }

    /// Ends a member at once and starts it again when it is a static one.
    func strike(_ member: Member) throws {
        members.removeAll { $0 === member }
        member.signal(SIGKILL)
        if let instance = member.instance { try start(instance) }
        _ = try member.end(seconds: 10)
        ended.append(member)
    }

    /// Asks a member to leave; it has ten seconds.
    func dismiss(_ member: Member) throws {
        members.removeAll { $0 === member }
        ended.append(member)
        member.signal(SIGTERM)
        let status = try member.end(seconds: 15)
        guard status == 0 else {
            throw Failure(
                "\(program.name) \(member.label) ended with \(status) on SIGTERM: \(member.log.suffix(3_000))")
        }
    }

    /// No longer looked after: a zombie, or one that ended.
    func forget(_ member: Member) {
        members.removeAll { $0 === member }
        ended.append(member)
    }

    /// Writes every member's log to a folder.
    func writeLogs(to folder: URL) {
        for member in members + ended {
            let file = folder.appendingPathComponent("\(prefix)-\(member.label).log")
            try? Data(member.log.utf8).write(to: file)
        }
    }
}
