internal import CMicroHTTPD
internal import Glibc

/// Waits for everything that the server has to do: libmicrohttpd's epoll, other threads, and clients that have ended.
///
/// libmicrohttpd 0.9.75 lets epoll tell it of changes only, and after a read that did not fill its buffer waits for the next
/// one. A client's end that came together with its last bytes is none: the connection would stay until it idles out. So each
/// connection is watched here too, for its end alone.
struct Descriptors: ~Copyable {
    /// What a wait found.
    struct Found {
        var isWoken = false
        var ended: [ClientConnection] = []
    }

    private let descriptor: Int32
    private var events = [epoll_event](repeating: epoll_event(), count: 64)

    /// - Throws: `.failed` when there is no descriptor left.
    init(waker: Int32) throws(HTTPServerError) {
        descriptor = epoll_create1(Int32(EPOLL_CLOEXEC))
        guard descriptor >= 0 else { throw .failed(operation: "epoll_create1") }
        guard Descriptors.add(waker, .waker, to: descriptor) else { throw .failed(operation: "epoll_ctl") }
    }

    deinit { close(descriptor) }

    /// From now on a wait ends when libmicrohttpd has something to do.
    func addDaemon(_ daemon: Int32) -> Bool { Descriptors.add(daemon, .daemon, to: descriptor) }

    /// From now on its end is told once. It must be `remove`d before it is closed.
    func add(_ connection: ClientConnection) -> Bool {
        var event = epoll_event()
        event.events = EPOLLRDHUP.rawValue | EPOLLET.rawValue
        event.data.ptr = Unmanaged.passUnretained(connection).toOpaque()
        return epoll_ctl(descriptor, EPOLL_CTL_ADD, connection.descriptor, &event) == 0
    }

    func remove(_ connection: ClientConnection) {
        _ = epoll_ctl(descriptor, EPOLL_CTL_DEL, connection.descriptor, nil)
    }

    /// From now on a wait ends while there is something to read of a client that was refused, until the descriptor is closed.
    func addParting(_ parting: Int32) -> Bool { Descriptors.add(parting, .parting, to: descriptor) }

    /// Waits at most so long. *Units*: milliseconds.
    mutating func wait(ms: Int32) -> Found {
        var found = Found()
        let count = events.withUnsafeMutableBufferPointer {
            epoll_wait(descriptor, $0.baseAddress, Int32($0.count), ms)
        }
        for index in 0..<max(0, Int(count)) {  // negative: a signal came
            switch events[index].data.u64 {
            case Source.daemon.rawValue, Source.parting.rawValue: continue
            case Source.waker.rawValue: found.isWoken = true
            default:
                guard let pointer = events[index].data.ptr else { continue }
                // Retained by libmicrohttpd's connection until `remove`, which takes it off this epoll.
                found.ended.append(Unmanaged<ClientConnection>.fromOpaque(pointer).takeUnretainedValue())
            }
        }
        return found
    }

    /// Numbers that are the address of no connection.
    private enum Source: UInt64 {
        case daemon = 1
        case waker = 2
        case parting = 3
    }

    private static func add(_ descriptor: Int32, _ source: Source, to epoll: Int32) -> Bool {
        var event = epoll_event()
        event.events = EPOLLIN.rawValue
        event.data.u64 = source.rawValue
        return epoll_ctl(epoll, EPOLL_CTL_ADD, descriptor, &event) == 0
    }
}
