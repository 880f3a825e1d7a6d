internal import Glibc
package import System

/// Asks whoever sits at the terminal.
package enum Terminal {
    /// Whether somebody can be asked.
    package static var isThere: Bool { isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1 }

    /// Asks a question that `y` or `yes` answers; everything else, an end of the input and a stop request are a no.
    package static func confirms(_ question: String, until stop: StopFlag) -> Bool {
        print(question, "[y/N] ", separator: " ", terminator: "")
        fflush(nil)
        while !stop.isRequested {
            var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
            guard poll(&input, 1, 100) > 0 else { continue }
            return ["y", "yes"].contains(readLine()?.lowercased())
        }
        return false
    }
}
