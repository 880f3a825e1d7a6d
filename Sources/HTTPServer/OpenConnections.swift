internal import Glibc

/// The connections that are open, and what libmicrohttpd does not hear about them.
///
/// libmicrohttpd 0.9.75 lets epoll tell it of changes only, and after a read that did not fill its buffer waits for the next
/// one. A client's end that came together with its last bytes is none: the connection would stay until it idles out. Who has
/// ended, whose bytes are all read and who is owed no answer is hung up on here, which is a change.
/// *Thread*: the one that runs the server.
final class OpenConnections {
    private struct Client {
        let descriptor: Int32
        var isOwedAnswer = false
    }

    /// By libmicrohttpd's handle of the connection.
    private var clients: [OpaquePointer: Client] = [:]
    private var questions: [pollfd] = []

    /// A connection was opened.
    func opened(_ connection: OpaquePointer, descriptor: Int32) {
        clients[connection] = Client(descriptor: descriptor)
    }

    /// It is about to be closed.
    func closed(_ connection: OpaquePointer) { clients[connection] = nil }

    /// An answer is on its way, or has gone.
    func isOwedAnswer(_ connection: OpaquePointer, _ isOwed: Bool) { clients[connection]?.isOwedAnswer = isOwed }

    /// Closes connections whose other side has ended. *Complexity*: one system call, and two for each of those.
    func hangUpOnEnded() {
        questions.removeAll(keepingCapacity: true)
        for client in clients.values where !client.isOwedAnswer {
            questions.append(pollfd(fd: client.descriptor, events: Int16(POLLIN), revents: 0))
        }
        guard !questions.isEmpty, poll(&questions, nfds_t(questions.count), 0) > 0 else { return }
        for answer in questions where answer.revents == Int16(POLLIN) {
            var byte: UInt8 = 0
            // No byte to read is the end; what comes before it is libmicrohttpd's to read.
            guard recv(answer.fd, &byte, 1, Int32(MSG_PEEK | MSG_DONTWAIT)) == 0 else { continue }
            shutdown(answer.fd, Int32(SHUT_RDWR))
        }
    }
}
