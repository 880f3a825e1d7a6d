public import Foundation
import Synchronization
import System

/// A program under test: started with arguments, watched, stopped by its pid.
public final class ChildProcess: Sendable {
    /// How it ended.
    public struct Result: Sendable {
        public let status: Int32
        public let output: String
        public let errors: String
    }

    public struct Failure: Error, CustomStringConvertible {
        public let description: String
    }

    private let child: Mutex<System.ChildProcess>
    private let output: Collected
    private let errors: Collected
    private let name: String
    public let pid: Int32

    /// The folder of the programs built with these tests, unless `CRYPTO_BIN` names another.
    public static let binaries: URL = {
        if let named = ProcessInfo.processInfo.environment["CRYPTO_BIN"], !named.isEmpty {
            return URL(fileURLWithPath: named, isDirectory: true)
        }
        // The test bundle lies beside them.
        return URL(fileURLWithPath: ProcessInfo.processInfo.arguments[0]).deletingLastPathComponent()
    }()

    /// Starts one of our programs.
    public static func service(
        _ name: String, _ arguments: [String], in folder: URL? = nil
    ) throws -> ChildProcess {
        try ChildProcess(binaries.appendingPathComponent(name).path, arguments, in: folder)
    }

    /// Starts any program; one without a slash is looked for in `PATH`.
    public init(
        _ program: String, _ arguments: [String], input: Data? = nil, in folder: URL? = nil,
        environment: [String: String] = [:]
    ) throws {
        name = ([program] + arguments).joined(separator: " ")
        var words = [program] + arguments
        if folder != nil || !environment.isEmpty {
            let place = folder.map { ["-C", $0.path] } ?? []
            words = ["env"] + place + environment.map { "\($0)=\($1)" } + words
        }
        let child = try System.ChildProcess(
            words, input: input == nil ? .nowhere : .pipe, output: .pipe, errors: .pipe)
        pid = child.pid
        output = Collected(child.output.take()!)  // not nil: it was to be a pipe
        errors = Collected(child.errors.take()!)
        if let input {
            try child.input?.write(Array(input))
            child.input = nil
        }
        self.child = Mutex(child)
    }

    /// Nothing waits for a child that somebody forgot.
    deinit { signal(SIGKILL) }

    public var isRunning: Bool { child.withLock { $0.poll() == nil } }
    public var outputSoFar: String { output.text }
    public var errorsSoFar: String { errors.text }

    /// Sends a signal.
    public func signal(_ number: Int32) { child.withLock { $0.signal(number) } }

    /// Waits for the end.
    /// - Throws: when it still runs after `seconds`; it is killed then.
    public func wait(seconds: Double = 60) throws -> Result {
        guard waitUntil(seconds: seconds, { !isRunning && output.isAtEnd && errors.isAtEnd }) else {
            signal(SIGKILL)
            throw Failure(description: "\(name) still ran after \(seconds) s; stderr ends: \(errors.text.suffix(2000))")
        }
        return Result(status: status, output: output.text, errors: errors.text)
    }

    /// What it exited with, or the number of the signal that ended it.
    private var status: Int32 {
        switch child.withLock({ $0.wait() }) {
        case .status(let status): status
        case .signal(let number): number
        }
    }

    /// Runs a program to its end and gives its standard output.
    /// - Throws: when it fails.
    public static func run(
        _ program: String, _ arguments: [String], input: Data? = nil, in folder: URL? = nil, seconds: Double = 120
    ) throws -> String {
        let result = try ChildProcess(program, arguments, input: input, in: folder).wait(seconds: seconds)
        guard result.status == 0 else {
            throw Failure(description: "\(program) \(arguments) exited \(result.status): \(result.errors.suffix(2000))")
        }
        return result.output
    }
}

/// Waits until `condition` holds; false when it did not within `seconds`.
public func waitUntil(seconds: Double, _ condition: () throws -> Bool) rethrows -> Bool {
    let end = ContinuousClock.now + .milliseconds(Int(seconds * 1000))
    while ContinuousClock.now < end {
        if try condition() { return true }
        // The condition is in another process or thread: look again soon.
        usleep(20_000)
    }
    return try condition()
}

/// Bytes that a pipe delivered, read on a thread of its own.
private final class Collected: Sendable {
    private let descriptor: FileDescriptor
    private let state = Mutex((bytes: [UInt8](), isAtEnd: false))

    init(_ descriptor: consuming FileDescriptor) {
        self.descriptor = descriptor
        Foundation.Thread { [self] in read() }.start()
    }

    var text: String { state.withLock { String(decoding: $0.bytes, as: UTF8.self) } }
    var isAtEnd: Bool { state.withLock { $0.isAtEnd } }

    private func read() {
        var chunk = [UInt8](repeating: 0, count: 1 << 16)
        while let count = try? chunk.withUnsafeMutableBytes({ try descriptor.read(into: $0) }), count > 0 {
            state.withLock { $0.bytes += chunk[..<count] }
        }
        state.withLock { $0.isAtEnd = true }
    }
}
