internal import Glibc
internal import Synchronization

/// Turns names into addresses with a limit of its own.
///
/// `getaddrinfo` may block for as long as it likes and cannot be stopped. It runs on a thread that is left
/// alone once the limit has passed; how many such threads there are is bounded.
enum NameResolution {
    /// Threads that may be inside `getaddrinfo` at once; more are refused as our own overload.
    static let threadLimit = 64
    private static let threads = Atomic<Int>(0)

    /// At most four addresses in the system's order of preference.
    static func addresses(
        of host: String,
        port: UInt16,
        until end: Instant,
        waiting: Waiting
    ) throws(TransportFailure) -> [SocketAddress] {
        guard self.threads.add(1, ordering: .relaxed).newValue <= self.threadLimit else {
            self.threads.subtract(1, ordering: .relaxed)
            throw .selfOverloaded
        }
        guard let done = WakePipe() else {
            self.threads.subtract(1, ordering: .relaxed)
            throw .selfOverloaded
        }
        let question = Question(host: host, port: port, done: done)
        let box = Unmanaged.passRetained(question)
        // Room for the attributes without their initializer: glibc's thread types belong to whichever C
        // module the compiler saw first, and that may be one that this target must not import.
        let attributes = UnsafeMutablePointer<pthread_attr_t>.allocate(capacity: 1)
        pthread_attr_init(attributes)
        defer {
            pthread_attr_destroy(attributes)
            attributes.deallocate()
        }
        pthread_attr_setdetachstate(attributes, Int32(PTHREAD_CREATE_DETACHED))
        pthread_attr_setstacksize(attributes, 256 << 10)
        var thread: pthread_t = 0
        let status = pthread_create(
            &thread,
            attributes,
            { argument in
                guard let argument else { return nil }
                Unmanaged<Question>.fromOpaque(argument).takeRetainedValue().ask()
                NameResolution.threads.subtract(1, ordering: .relaxed)
                return nil
            },
            box.toOpaque()
        )
        guard status == 0 else {
            box.release()
            self.threads.subtract(1, ordering: .relaxed)
            throw .selfOverloaded
        }
        try waiting.wait(for: done.readable, events: POLLIN, until: end)
        return try question.answer.withLock { $0 }.get()
    }

    /// The address that a numeric host is; nil when it is a name. Does not block.
    static func numeric(_ host: String, port: UInt16) -> SocketAddress? {
        try? lookUp(host, port: port, flags: AI_NUMERICHOST).get().first
    }

    /// One question and its answer, owned by the asker and the thread together.
    private final class Question: Sendable {
        let host: String
        let port: UInt16
        let done: WakePipe
        let answer = Mutex<Result<[SocketAddress], TransportFailure>>(.failure(.noNameServer))

        init(host: String, port: UInt16, done: WakePipe) {
            self.host = host
            self.port = port
            self.done = done
        }

        func ask() {
            let found = lookUp(self.host, port: self.port, flags: 0)
            self.answer.withLock { $0 = found }
            self.done.raise()
        }
    }
}

/// At least one address, or why there is none (`gai_strerror(3)`).
private func lookUp(
    _ host: String,
    port: UInt16,
    flags: Int32
) -> Result<[SocketAddress], TransportFailure> {
    var hints = addrinfo()
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    hints.ai_flags = flags | AI_NUMERICSERV
    var list: UnsafeMutablePointer<addrinfo>?
    switch getaddrinfo(host, String(port), &hints, &list) {
    case 0: break
    case EAI_AGAIN, EAI_FAIL: return .failure(.noNameServer)
    case EAI_MEMORY, EAI_SYSTEM: return .failure(.selfOverloaded)
    default: return .failure(.noAddress)
    }
    defer { freeaddrinfo(list) }
    var found: [SocketAddress] = []
    var entry = list
    while let current = entry, found.count < 4 {
        if let address = SocketAddress(current.pointee.ai_addr, length: current.pointee.ai_addrlen) {
            found.append(address)
        }
        entry = current.pointee.ai_next
    }
    return found.isEmpty ? .failure(.noAddress) : .success(found)
}
