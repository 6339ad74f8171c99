import Foundation
import Testing

/// A port of this machine where whoever asks over HTTP gets a few pictures of H.264 in FLV, as a platform serves them.
final class MovingListener: Sendable {
    let port: UInt16
    private let descriptor: Int32

    init() throws {
        self.descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let descriptor = self.descriptor
        let isBound = withUnsafeMutablePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        self.port = UInt16(bigEndian: address.sin_port)
        try #require(isBound && listen(descriptor, 8) == 0)
        let answer = Array("HTTP/1.1 200 OK\r\nContent-Type: video/x-flv\r\nConnection: close\r\n\r\n".utf8)
        Thread.detachNewThread {
            var question = [UInt8](repeating: 0, count: 4_096)
            // Ends when the descriptor is closed.
            while case let asker = accept(descriptor, nil, nil), asker >= 0 {
                if read(asker, &question, question.count) > 0 {
                    let bytes = answer + Self.pictures
                    // Whoever has seen enough leaves before the end.
                    _ = send(asker, bytes, bytes.count, Int32(MSG_NOSIGNAL))
                }
                close(asker)
            }
        }
    }

    deinit {
        shutdown(self.descriptor, Int32(SHUT_RDWR))
        close(self.descriptor)
    }

    /// The header, the sequence header and 30 pictures 40 ms apart, every tenth a key frame.
    private static let pictures: [UInt8] = {
        let sequence: [UInt8] = [0x67, 0x42, 0x00, 0x0a, 0xdc, 0x14, 0x1f, 0x90]
        let picture: [UInt8] = [0x68, 0xce, 0x3c, 0x80]
        let sets = [1, 0x42, 0x00, 0x0a, 0xff, 0xe1, 0, 8] + sequence + [1, 0, 4] + picture
        var bytes: [UInt8] = Array("FLV".utf8) + [1, 1, 0, 0, 0, 9, 0, 0, 0, 0]
        bytes += MovingListener.tag(at: 0, [0x17, 0, 0, 0, 0] + sets)
        for index in 0..<30 {
            let unit: [UInt8] = index % 10 == 0 ? [0x65, 0x88, 1, 2, 3] : [0x41, 0x9a, 1, 2]
            let head: [UInt8] = [index % 10 == 0 ? 0x17 : 0x27, 1, 0, 0, 0, 0, 0, 0, UInt8(unit.count)]
            bytes += MovingListener.tag(at: UInt16(index) * 40, head + unit)
        }
        return bytes
    }()

    private static func tag(at time: UInt16, _ body: [UInt8]) -> [UInt8] {
        let (high, low) = (UInt8(time >> 8), UInt8(time & 0xff))
        return [9, 0, 0, UInt8(body.count), 0, high, low, 0, 0, 0, 0] + body + [
            0, 0, 0, UInt8(body.count + 11),
        ]
    }
}
