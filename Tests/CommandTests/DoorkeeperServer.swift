import Foundation
import Synchronization
import Testing

/// An RTSP server of this process that lets nobody in (拒绝的服务器): it wants a digest and refuses every one, says that
/// it is busy, or says nothing. It notes what it was asked.
final class DoorkeeperServer: Sendable {
    enum Answer {
        case refuse
        case busy
        /// Says nothing, and lets the test know.
        case keepSilent(@Sendable () -> Void)
    }

    let port: UInt16
    private let descriptor: Int32
    private let answer: Answer
    private let heard = Mutex<[String]>([])

    init(_ answer: Answer) throws {
        self.answer = answer
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        self.descriptor = descriptor
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        try #require(isBound && listen(descriptor, 64) == 0)
        Thread.detachNewThread { [weak self] in
            while case let connection = accept(descriptor, nil, nil), connection >= 0 {
                guard let server = self else {
                    close(connection)
                    return
                }
                server.speak(on: connection)
                close(connection)
            }
        }
    }

    /// The addresses of requests that offered a credential.
    var tries: [String] { self.requests { $0.contains("Authorization:") } }

    /// The addresses of requests for a description.
    var asked: [String] { self.requests { $0.hasPrefix("DESCRIBE") } }

    /// Whether a credential of that user was offered.
    func knows(user: String) -> Bool {
        self.heard.withLock { $0.contains { $0.contains("username=\"\(user)\"") } }
    }

    private func requests(_ isMeant: (String) -> Bool) -> [String] {
        self.heard.withLock { heard in
            heard.filter(isMeant).map { request in
                String(request.split(separator: " ").dropFirst().first ?? "")
            }
        }
    }

    private func speak(on connection: Int32) {
        var (text, part) = ("", [UInt8](repeating: 0, count: 4_096))
        while case let count = read(connection, &part, part.count), count > 0 {
            text += String(decoding: part[..<count], as: UTF8.self)
            while let end = text.firstRange(of: "\r\n\r\n") {
                let request = String(text[..<end.lowerBound])
                text = String(text[end.upperBound...])
                self.heard.withLock { $0.append(request) }
                if case .keepSilent(let notice) = self.answer {
                    notice()
                    continue
                }
                let answer = Array(self.answer(to: request).utf8)
                guard write(connection, answer, answer.count) == answer.count else { return }
            }
        }
    }

    private func answer(to request: String) -> String {
        let sequence =
            request.split(separator: "\r\n").first { $0.lowercased().hasPrefix("cseq:") } ?? "CSeq: 1"
        switch self.answer {
        case .busy: return "RTSP/1.0 453 Not Enough Bandwidth\r\n\(sequence)\r\n\r\n"
        case .keepSilent: return ""
        case .refuse:
            let challenge = "WWW-Authenticate: Digest realm=\"door\", nonce=\"a1b2c3\""
            return "RTSP/1.0 401 Unauthorized\r\n\(sequence)\r\n\(challenge)\r\n\r\n"
        }
    }

    deinit {
        // A thread that waits in accept is let go by this, not by the closing.
        shutdown(self.descriptor, Int32(SHUT_RDWR))
        close(self.descriptor)
    }
}
