import Glibc
import Postgres

/// A socket on the loopback that accepts and never says a word.
final class MuteServer: Sendable {
    private let listener: Int32
    let address: DatabaseAddress

    struct Failure: Error {}

    init() throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_in()
        name.sin_family = sa_family_t(AF_INET)
        name.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let port: UInt16? = withUnsafeMutablePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard bind(listener, pointer, length) == 0, listen(listener, 4) == 0,
                    getsockname(listener, pointer, &length) == 0
                else { return nil }
                return 0
            }
        }
        guard port != nil else {
            close(listener)
            throw Failure()
        }
        self.listener = listener
        let number = UInt16(bigEndian: name.sin_port)
        self.address = try DatabaseAddress("postgresql://u@127.0.0.1:\(number)/d?sslmode=disable")
    }

    deinit { close(self.listener) }
}
