internal import Glibc
internal import Synchronization

/// Why a test program ends before its time, or what it found.
public struct Failure: Error, CustomStringConvertible {
    public let description: String

    public init(_ description: String) { self.description = description }
}

/// Whether somebody wants a test program to end: everything that waits looks at it.
public enum Interruption {
    private static let wasSeen = Atomic<Bool>(false)

    /// From here on SIGINT, SIGTERM and SIGHUP end the program in order, with its servers.
    public static func install() {
        for number in [SIGINT, SIGTERM, SIGHUP] {
            signal(number) { _ in Interruption.wasSeen.store(true, ordering: .relaxed) }
        }
        signal(SIGPIPE, SIG_IGN)
    }

    /// - Throws: `Failure` once somebody asked for the end.
    public static func check() throws {
        if wasSeen.load(ordering: .relaxed) { throw Failure("interrupted") }
    }
}

/// Looks every few milliseconds until `condition` holds.
/// - Throws: `Failure` when it does not within `seconds`, saying what was waited for.
public func waitFor(_ what: String, seconds: Double, pollMs: UInt32 = 10, _ condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
    while !(try condition()) {
        try Interruption.check()
        guard ContinuousClock.now < end else { throw Failure("waited \(seconds) s in vain for: \(what)") }
        usleep(pollMs * 1000)
    }
}

/// Waits until nobody has a process id any more: also of a process that is not our child.
public func waitForEnd(ofProcess pid: Int32, seconds: Double) -> Bool {
    waitUntil(seconds: seconds) { kill(pid, 0) != 0 }
}

/// The most memory that a process ever had. *Units*: MiB; 0 when it is gone.
public func peakMegabytes(ofProcess pid: Int32) -> Int {
    guard let file = fopen("/proc/\(pid)/status", "r") else { return 0 }
    defer { fclose(file) }
    var buffer = [CChar](repeating: 0, count: 512)
    while fgets(&buffer, Int32(buffer.count), file) != nil {
        let line = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        guard line.hasPrefix("VmHWM:") else { continue }
        return (line.split(whereSeparator: \.isWhitespace).dropFirst().first.flatMap { Int($0) } ?? 0) / 1024
    }
    return 0
}

/// One line, at once.
public func say(_ line: String) {
    print(line)
    fflush(nil)
}
