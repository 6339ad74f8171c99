internal import Glibc

/// An IPv4 or IPv6 address with its port, as sockets want it.
struct SocketAddress: @unchecked Sendable {
    // Unchecked because glibc's struct holds an array type without an opinion; it is plain bytes.
    private(set) var storage = sockaddr_storage()
    let length: socklen_t

    init?(_ pointer: UnsafePointer<sockaddr>?, length: socklen_t) {
        guard let pointer, Int(length) <= MemoryLayout<sockaddr_storage>.size,
            pointer.pointee.sa_family == sa_family_t(AF_INET)
                || pointer.pointee.sa_family == sa_family_t(AF_INET6)
        else { return nil }
        self.length = length
        withUnsafeMutableBytes(of: &self.storage) { storage in
            storage.copyMemory(from: UnsafeRawBufferPointer(start: pointer, count: Int(length)))
        }
    }

    var family: Int32 { Int32(self.storage.ss_family) }

    /// The port, which lies at the same place in both families.
    var port: UInt16 {
        get {
            withUnsafeBytes(of: self.storage) { UInt16($0[2]) << 8 | UInt16($0[3]) }
        }
        set {
            withUnsafeMutableBytes(of: &self.storage) { bytes in
                bytes[2] = UInt8(newValue >> 8)
                bytes[3] = UInt8(newValue & 0xff)
            }
        }
    }

    /// The bytes of the address alone, without port and scope.
    var hostBytes: [UInt8] {
        withUnsafeBytes(of: self.storage) { bytes in
            self.family == AF_INET ? Array(bytes[4..<8]) : Array(bytes[8..<24])
        }
    }

    func withPointer<Result>(_ body: (UnsafePointer<sockaddr>) -> Result) -> Result {
        withUnsafePointer(to: self.storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0) }
        }
    }

    /// Our own end of a connected socket; nil when it has none.
    init?(localEndOf descriptor: Int32) {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let made: SocketAddress? = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
                guard getsockname(descriptor, pointer, &length) == 0 else { return nil }
                return SocketAddress(pointer, length: length)
            }
        }
        guard let made else { return nil }
        self = made
    }
}
