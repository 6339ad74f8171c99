internal import Glibc

/// A numeric address of a host: IPv4 or IPv6.
struct HostAddress: Hashable, Sendable {
    /// 4 or 16 bytes, as on the wire.
    let bytes: [UInt8]
    /// The interface of a link-local IPv6 address; 0 elsewhere.
    let scope: UInt32

    var isIPv6: Bool { self.bytes.count == 16 }

    /// Reads `192.0.2.7`, `2001:db8::7` or `fe80::7%eth0`; `nil` for names.
    init?(_ text: String) {
        var ipv4 = in_addr()
        if inet_pton(AF_INET, text, &ipv4) == 1 {
            self.init(bytes: withUnsafeBytes(of: ipv4) { Array($0) }, scope: 0)
            return
        }
        let parts = text.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var scope: UInt32 = 0
        if parts.count == 2 {
            scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
            guard scope != 0 else { return nil }
        }
        var ipv6 = in6_addr()
        guard let address = parts.first, inet_pton(AF_INET6, String(address), &ipv6) == 1 else { return nil }
        self.init(bytes: withUnsafeBytes(of: ipv6) { Array($0) }, scope: scope)
    }

    init(bytes: [UInt8], scope: UInt32) {
        // An IPv4 address in IPv6's clothes is the IPv4 address it is.
        let isMapped =
            bytes.count == 16 && bytes[..<10].allSatisfy { $0 == 0 } && bytes[10] == 255 && bytes[11] == 255
        self.bytes = isMapped ? Array(bytes[12...]) : bytes
        self.scope = isMapped ? 0 : scope
    }

    /// From what the system filled in; `nil` for other families.
    init?(_ storage: sockaddr_storage) {
        let parts: (bytes: [UInt8], scope: UInt32)? = withUnsafeBytes(of: storage) { raw in
            switch Int32(storage.ss_family) {
            case AF_INET:
                let address = raw.loadUnaligned(as: sockaddr_in.self).sin_addr
                return (withUnsafeBytes(of: address) { Array($0) }, 0)
            case AF_INET6:
                let address = raw.loadUnaligned(as: sockaddr_in6.self)
                return (withUnsafeBytes(of: address.sin6_addr) { Array($0) }, address.sin6_scope_id)
            default: return nil
            }
        }
        guard let parts else { return nil }
        self.init(bytes: parts.bytes, scope: parts.scope)
    }

    /// Whether it is the same host; an answer's scope is filled in by the system even where none was asked for.
    func isSameHost(as other: HostAddress) -> Bool { self.bytes == other.bytes }

    /// Lends the address with that port as the system wants it.
    func withSocketAddress<Result>(
        port: UInt16,
        _ body: (UnsafePointer<sockaddr>, socklen_t) -> Result
    ) -> Result {
        func lend<Address>(_ address: Address) -> Result {
            withUnsafePointer(to: address) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    body($0, socklen_t(MemoryLayout<Address>.size))
                }
            }
        }
        if self.isIPv6 {
            var address = sockaddr_in6()
            address.sin6_family = sa_family_t(AF_INET6)
            address.sin6_port = port.bigEndian
            address.sin6_scope_id = self.scope
            withUnsafeMutableBytes(of: &address.sin6_addr) { $0.copyBytes(from: self.bytes) }
            return lend(address)
        }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        withUnsafeMutableBytes(of: &address.sin_addr) { $0.copyBytes(from: self.bytes) }
        return lend(address)
    }
}

extension HostAddress: CustomStringConvertible {
    /// As people write it.
    var description: String {
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(self.isIPv6 ? AF_INET6 : AF_INET, self.bytes, &text, socklen_t(text.count))
        let numbers = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return self.scope == 0 ? numbers : "\(numbers)%\(self.scope)"
    }
}

/// What the inventory gives as an address: a host, perhaps with a port.
struct HostPort: Hashable {
    let host: String
    let port: UInt16?

    /// Reads `host`, `host:80`, `[2001:db8::7]:80` or a bare `2001:db8::7`; `nil` when it is none.
    init?(_ text: String) {
        if text.hasPrefix("["), let close = text.firstIndex(of: "]") {
            let rest = text[text.index(after: close)...]
            self.host = String(text[text.index(after: text.startIndex)..<close])
            guard !rest.isEmpty else {
                self.port = nil
                return
            }
            guard rest.first == ":", let port = UInt16(rest.dropFirst()), port > 0 else { return nil }
            self.port = port
            return
        }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            guard !text.isEmpty else { return nil }
            (self.host, self.port) = (text, nil)
            return
        }
        guard !parts[0].isEmpty, let port = UInt16(parts[1]), port > 0 else { return nil }
        (self.host, self.port) = (String(parts[0]), port)
    }
}
