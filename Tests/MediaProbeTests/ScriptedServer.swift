import Foundation
import Glibc
import Synchronization

/// A server in this process that says what a test wants it to say, one thread a client.
final class ScriptedServer: Sendable {
    /// One request as it came.
    struct Request: Sendable {
        let method: String
        let uri: String
        let text: String

        func header(_ name: String) -> String? {
            self.text.split(separator: "\r\n").first { $0.lowercased().hasPrefix(name.lowercased() + ":") }
                .map { String($0.dropFirst(name.count + 1)).trimmingCharacters(in: .whitespaces) }
        }
    }

    /// One client's connection.
    final class Conversation {
        let descriptor: Int32
        private let server: ScriptedServer
        private var unread: [UInt8] = []

        init(_ descriptor: Int32, server: ScriptedServer) {
            self.descriptor = descriptor
            self.server = server
        }

        /// The next request; nil when the client left.
        func next() -> Request? {
            while true {
                if let end = self.unread.firstRange(of: Array("\r\n\r\n".utf8)) {
                    let text = String(decoding: self.unread[..<end.lowerBound], as: UTF8.self)
                    self.unread.removeSubrange(..<end.upperBound)
                    let words = text.prefix { $0 != "\r\n" }.split(separator: " ")
                    let request = Request(
                        method: String(words.first ?? ""),
                        uri: words.count > 1 ? String(words[1]) : "",
                        text: text
                    )
                    self.server.requests.withLock { $0.append(request) }
                    return request
                }
                var buffer = [UInt8](repeating: 0, count: 4_096)
                let count = recv(self.descriptor, &buffer, buffer.count, 0)
                guard count > 0 else { return nil }
                self.unread += buffer[..<count]
            }
        }

        /// Says it; false when the client left.
        @discardableResult
        func say(_ bytes: [UInt8]) -> Bool {
            var start = 0
            while start < bytes.count {
                let count = bytes.withUnsafeBytes {
                    send(
                        self.descriptor,
                        $0.baseAddress?.advanced(by: start),
                        bytes.count - start,
                        Int32(MSG_NOSIGNAL)
                    )
                }
                guard count > 0 else { return false }
                start += count
            }
            return true
        }

        @discardableResult
        func say(_ text: String) -> Bool { self.say(Array(text.utf8)) }

        /// An answer with the request's number.
        @discardableResult
        func answer(
            _ request: Request,
            _ status: String = "200 OK",
            _ headers: String = "",
            body: String = ""
        ) -> Bool {
            let length = body.isEmpty ? "" : "Content-Length: \(body.utf8.count)\r\n"
            return self.say(
                "RTSP/1.0 \(status)\r\nCSeq: \(request.header("CSeq") ?? "0")\r\n\(headers)\(length)\r\n\(body)"
            )
        }

        /// Answers as a good camera would until `method` has been answered; false when the client left.
        func behave(until method: String, description: String = ScriptedServer.description) -> Bool {
            while let request = self.next() {
                switch request.method {
                case "DESCRIBE":
                    self.answer(request, "200 OK", "Content-Type: application/sdp\r\n", body: description)
                case "SETUP":
                    self.answer(
                        request,
                        "200 OK",
                        "Session: 4711;timeout=60\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n"
                    )
                default: self.answer(request)
                }
                if request.method == method { return true }
            }
            return false
        }

        /// Listens until the client leaves, and answers its goodbye.
        func listen() {
            while let request = self.next() { self.answer(request) }
        }
    }

    static let description = """
        v=0\r\no=- 0 0 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 0 RTP/AVP 96\r\n\
        a=rtpmap:96 H264/90000\r\na=control:track1\r\n
        """

    let requests = Mutex<[Request]>([])
    let port: UInt16
    private let listener: Int32
    private let clients = Clients()
    private let left = DispatchSemaphore(value: 0)

    init(_ talk: @escaping @Sendable (Conversation) -> Void) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, length) == 0, Glibc.listen(listener, 64) == 0 else {
                    return nil
                }
                getsockname(listener, pointer, &length)
                return UInt16(bigEndian: UnsafeRawPointer(pointer).load(fromByteOffset: 2, as: UInt16.self))
            }
        }
        guard let port else { throw POSIXError(.EADDRINUSE) }
        self.port = port
        self.listener = listener
        let clients = self.clients
        let left = self.left
        // Each thread closes what it works on, so that no number is used again under its hands.
        Thread { [weak self] in
            while case let client = accept(listener, nil, nil), client >= 0, let server = self {
                clients.open.withLock { _ = $0.insert(client) }
                Thread { [weak server] in
                    if let server { talk(Conversation(client, server: server)) }
                    clients.open.withLock {
                        $0.remove(client)
                        close(client)
                    }
                    left.signal()
                }.start()
            }
            close(listener)
        }.start()
    }

    /// Ends all conversations; the threads see it and close.
    deinit {
        shutdown(self.listener, Int32(SHUT_RDWR))
        self.clients.open.withLock { for client in $0 { shutdown(client, Int32(SHUT_RDWR)) } }
    }

    /// The descriptors of conversations under way.
    private final class Clients: Sendable {
        let open = Mutex<Set<Int32>>([])
    }

    var address: String { "rtsp://127.0.0.1:\(self.port)/camera" }

    /// Waits until a conversation is over, so that all its requests have been noted.
    func waitUntilLeft() { self.left.wait() }

    func count(_ method: String) -> Int {
        self.requests.withLock { requests in requests.count { $0.method == method } }
    }
}
