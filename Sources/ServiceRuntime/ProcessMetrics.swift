internal import Glibc
internal import System

/// What the operating system says of this process, under the names that all Prometheus clients use.
///
/// *Source*: Prometheus, "Writing client libraries", section "Process metrics"; proc(5).
enum ProcessMetrics {
    private static let started = SystemClock().wallMs() - SystemClock().monotonicMs()

    /// Lines in Prometheus's text format; those that cannot be read are left out.
    static func render() -> String {
        guard let fields = stat(), fields.count > 21 else { return "" }
        let ticks = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))
        var text = ""
        if let user = Double(fields[11]), let system = Double(fields[12]) {
            text += line(
                "process_cpu_seconds_total", "counter", "CPU that this process has taken", (user + system) / ticks)
        }
        if let pages = Double(fields[21]) {
            text += line(
                "process_resident_memory_bytes", "gauge", "Memory that this process has in use",
                pages * Double(sysconf(Int32(_SC_PAGESIZE))))
        }
        if let start = Double(fields[19]) {
            text += line(
                "process_start_time_seconds", "gauge", "When this process began, seconds since the Unix epoch",
                Double(started) / 1000 + start / ticks)
        }
        return text
    }

    /// The fields of /proc/self/stat behind the name, which may hold spaces and braces.
    private static func stat() -> [Substring]? {
        guard let bytes = try? FileDescriptor(opening: "/proc/self/stat").contents() else { return nil }
        let text = String(decoding: bytes, as: UTF8.self)
        return text.lastIndex(of: ")").map { text[text.index(after: $0)...].split(separator: " ") }
    }

    private static func line(_ name: String, _ kind: String, _ help: String, _ value: Double) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(kind)\n\(name) \(value)\n"
    }
}
