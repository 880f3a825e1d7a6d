import Glibc
import System

/// A program that runs beside the benchmark, to be measured or to measure. It is killed when nobody has it any more.
final class OtherProcess {
    private let child: ChildProcess
    private var buffered: [UInt8] = []

    /// Starts a program; one without a slash is looked for in `PATH`.
    /// - Parameter core: where it runs; nil, or a machine with one core: anywhere.
    init(_ words: [String], core: Int? = nil) throws {
        let isPinned = core != nil && sysconf(Int32(_SC_NPROCESSORS_ONLN)) > 1
        let all = (isPinned ? ["taskset", "-c", "\(core ?? 0)"] : []) + words
        do throws(SystemError) { child = try ChildProcess(all, output: .pipe) } catch {
            throw SelfProcess.Failed(reason: "\(all[0]): \(error.reason)")
        }
    }

    deinit { child.signal(SIGKILL) }

    var pid: Int32 { child.pid }

    /// The path of a program beside this one.
    static func sibling(_ name: String) -> String {
        var path = [CChar](repeating: 0, count: Int(PATH_MAX) + 1)
        let count = max(0, readlink("/proc/self/exe", &path, Int(PATH_MAX)))
        let own = String(decoding: path[..<count].map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return own[...(own.lastIndex(of: "/") ?? own.startIndex)] + name
    }

    /// The next line that it prints; nil at its end.
    func line() -> String? {
        while true {
            if let end = buffered.firstIndex(of: UInt8(ascii: "\n")) {
                defer { buffered.removeFirst(end + 1) }
                return String(decoding: buffered[..<end], as: UTF8.self)
            }
            guard more() else { return nil }
        }
    }

    /// All that it prints until its end.
    /// - Throws: when it did not exit with 0.
    func finish() throws -> String {
        while more() {}
        guard child.wait() == .status(0) else {
            throw SelfProcess.Failed(reason: String(decoding: buffered, as: UTF8.self))
        }
        return String(decoding: buffered, as: UTF8.self)
    }

    /// CPU time so far. *Units*: microseconds, by the kernel's ticks of 10 ms.
    var cpuUs: Double {
        guard let file = fopen("/proc/\(pid)/stat", "r") else { return 0 }
        defer { fclose(file) }
        var text = [CChar](repeating: 0, count: 1_024)
        guard fgets(&text, Int32(text.count), file) != nil else { return 0 }
        let line = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        // The name, in parentheses, may have blanks; user and system time are the 12th and 13th behind it.
        let fields = line[(line.lastIndex(of: ")") ?? line.startIndex)...].split(separator: " ")
        guard fields.count > 13, let user = Double(fields[12]), let system = Double(fields[13]) else { return 0 }
        return (user + system) * 1e6 / Double(sysconf(Int32(_SC_CLK_TCK)))
    }

    private func more() -> Bool {
        var piece = [UInt8](repeating: 0, count: 4_096)
        let count = piece.withUnsafeMutableBytes { try? child.output?.read(into: $0) } ?? 0
        buffered += piece[..<count]
        return count > 0
    }
}
