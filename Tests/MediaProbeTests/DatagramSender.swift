import Foundation
import Glibc

/// A UDP port of this machine from which a test sends datagrams.
final class DatagramSender: Sendable {
    let port: UInt16
    private let descriptor: Int32

    /// On a free port of an address of this machine.
    init(at host: String = "127.0.0.1") throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        var address = Self.address(host, port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isBound = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                bind(descriptor, pointer, length) == 0 && getsockname(descriptor, pointer, &length) == 0
            }
        }
        guard isBound else {
            close(descriptor)
            throw POSIXError(.EADDRNOTAVAIL)
        }
        self.descriptor = descriptor
        self.port = UInt16(bigEndian: address.sin_port)
    }

    deinit { close(self.descriptor) }

    private static func address(_ host: String, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, host, &address.sin_addr)
        return address
    }

    /// Sends interleaved packets as datagrams, without what frames them, to a port of 127.0.0.1.
    func send(_ interleaved: [UInt8], to port: UInt16) {
        var address = Self.address("127.0.0.1", port: port)
        var rest = interleaved[...]
        while rest.count > 4 {
            let head = Array(rest.prefix(4))
            let bytes = Array(rest.dropFirst(4).prefix(Int(head[2]) << 8 | Int(head[3])))
            rest = rest.dropFirst(4 + bytes.count)
            _ = withUnsafePointer(to: &address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                    sendto(
                        self.descriptor,
                        bytes,
                        bytes.count,
                        0,
                        pointer,
                        socklen_t(MemoryLayout<sockaddr_in>.size)
                    )
                }
            }
        }
    }

    /// Waits for a datagram; false when none came within two seconds.
    func hears() -> Bool {
        var descriptors = pollfd(fd: self.descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&descriptors, 1, 2_000) == 1 else { return false }
        var buffer = [UInt8](repeating: 0, count: 64)
        return recv(self.descriptor, &buffer, buffer.count, 0) > 0
    }
}

extension ScriptedServer.Request {
    /// The first of the ports to which a client wants its datagrams.
    var clientPort: UInt16? {
        guard let offer = self.header("Transport"), let mark = offer.firstRange(of: "client_port=") else {
            return nil
        }
        return UInt16(offer[mark.upperBound...].prefix { $0.isNumber })
    }
}
