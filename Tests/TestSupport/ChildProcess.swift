public import Foundation
import Synchronization

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

    private let process: Mutex<Process>
    private let output = Collected()
    private let errors = Collected()
    private let name: String

    /// One starts at a time: two at once have made Foundation's `Process.run` read memory that was not its own (seen, Swift 6.3.1).
    private static let starting = Mutex(())

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
        let child = Process()
        child.executableURL = URL(fileURLWithPath: program.contains("/") ? program : "/usr/bin/env")
        child.arguments = program.contains("/") ? arguments : [program] + arguments
        if let folder { child.currentDirectoryURL = folder }
        child.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
        let pipes = (Pipe(), Pipe(), Pipe())
        child.standardOutput = pipes.0
        child.standardError = pipes.1
        child.standardInput = input == nil ? FileHandle.nullDevice : pipes.2
        output.read(pipes.0.fileHandleForReading)
        errors.read(pipes.1.fileHandleForReading)
        try ChildProcess.starting.withLock { _ in try child.run() }
        process = Mutex(child)
        if let input {
            try pipes.2.fileHandleForWriting.write(contentsOf: input)
            try pipes.2.fileHandleForWriting.close()
        }
    }

    deinit {
        process.withLock { if $0.isRunning { kill($0.processIdentifier, SIGKILL) } }
    }

    public var pid: Int32 { process.withLock { $0.processIdentifier } }
    public var isRunning: Bool { process.withLock { $0.isRunning } }
    public var outputSoFar: String { output.text }
    public var errorsSoFar: String { errors.text }

    /// Sends a signal.
    public func signal(_ number: Int32) { kill(pid, number) }

    /// Waits for the end.
    /// - Throws: when it still runs after `seconds`; it is killed then.
    public func wait(seconds: Double = 60) throws -> Result {
        guard waitUntil(seconds: seconds, { !isRunning && output.isAtEnd && errors.isAtEnd }) else {
            signal(SIGKILL)
            throw Failure(description: "\(name) still ran after \(seconds) s; stderr ends: \(errors.text.suffix(2000))")
        }
        return Result(
            status: process.withLock { $0.terminationStatus }, output: output.text, errors: errors.text)
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

/// Bytes that a pipe delivered.
private final class Collected: Sendable {
    private let state = Mutex((data: Data(), isAtEnd: false))

    var text: String { state.withLock { String(decoding: $0.data, as: UTF8.self) } }
    var isAtEnd: Bool { state.withLock { $0.isAtEnd } }

    func read(_ handle: FileHandle) {
        let thread = Thread { [self] in
            while true {
                let piece = handle.availableData
                if piece.isEmpty { break }
                state.withLock { $0.data.append(piece) }
            }
            state.withLock { $0.isAtEnd = true }
        }
        thread.start()
    }
}
