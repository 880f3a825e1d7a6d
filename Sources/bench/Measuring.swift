import Glibc
import System

func nanoseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e9 + Double(duration.components.attoseconds) / 1e9
}

@inline(never)
func blackHole(_ value: Int64) {}

/// What Linux says about this process.
enum ProcessStatus {
    /// CPU time of this thread in `body`, ns: what else runs on the machine takes none of it.
    @inline(__always)
    static func cpuNs(_ body: () -> Void) -> Double {
        let clock = SystemClock()
        let startNs = clock.threadNs()
        body()
        return Double(clock.threadNs() - startNs)
    }

    /// A line of a process's `/proc/.../status` in kB, such as `VmRSS` (memory now) or `VmHWM` (at most so far); 0 where there is
    /// none.
    static func kilobytes(_ name: String, of process: String = "self") -> Int {
        guard let file = fopen("/proc/\(process)/status", "r") else { return 0 }
        defer { fclose(file) }
        var line = [CChar](repeating: 0, count: 256)
        while fgets(&line, Int32(line.count), file) != nil {
            let text = String(decoding: line.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
            guard text.hasPrefix(name + ":") else { continue }
            return Int(text.filter { $0.isASCII && $0.isNumber }) ?? 0
        }
        return 0
    }
}
