internal import Glibc

/// The address and UDP port of an agent: IPv4 or IPv6, numeric.
///
/// Answers are compared with it: one that comes from anywhere else is not an answer.
public struct AgentAddress: Sendable, Hashable {
    /// The upper half of an IPv6 address, in host order; 0 for IPv4.
    let high: UInt64
    /// The lower half of an IPv6 address, or an IPv4 address, in host order.
    let low: UInt64
    /// The interface of a link-local IPv6 address; 0 elsewhere.
    let scope: UInt32
    /// Whether it is of IPv6.
    public let isIPv6: Bool
    /// The UDP port; 0 is nobody's.
    public let port: UInt16

    init(high: UInt64, low: UInt64, scope: UInt32, isIPv6: Bool, port: UInt16) {
        self.high = high
        self.low = low
        self.scope = scope
        self.isIPv6 = isIPv6
        self.port = port
    }

    /// Reads `192.0.2.7`, `2001:db8::7` or `fe80::7%eth0`; `nil` for host names and for port 0.
    ///
    /// An IPv4 address in IPv6's clothes (`::ffff:192.0.2.7`) is read as the IPv4 address it is.
    public init?(_ host: String, port: UInt16 = 161) {
        guard port != 0 else { return nil }
        var ipv4 = in_addr()
        if inet_pton(AF_INET, host, &ipv4) == 1 {
            self.init(
                high: 0,
                low: UInt64(UInt32(bigEndian: ipv4.s_addr)),
                scope: 0,
                isIPv6: false,
                port: port
            )
            return
        }
        let parts = host.split(separator: "%", maxSplits: 1, omittingEmptySubsequences: false)
        var scope: UInt32 = 0
        if parts.count == 2 {
            scope = UInt32(parts[1]) ?? if_nametoindex(String(parts[1]))
            guard scope != 0 else { return nil }
        }
        var ipv6 = in6_addr()
        guard let address = parts.first, inet_pton(AF_INET6, String(address), &ipv6) == 1 else { return nil }
        self.init(ipv6, scope: scope, port: port)
    }

    init(_ address: in6_addr, scope: UInt32, port: UInt16) {
        let words = withUnsafeBytes(of: address) { bytes in
            (
                bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) },
                bytes.suffix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            )
        }
        let isMapped = words.0 == 0 && words.1 >> 32 == 0xFFFF
        self.init(
            high: words.0,
            low: isMapped ? words.1 & 0xFFFF_FFFF : words.1,
            scope: scope,
            isIPv6: !isMapped,
            port: port
        )
    }

    /// The address without the port.
    public var host: String {
        guard self.isIPv6 else {
            return SNMPValue.ipAddress(UInt32(truncatingIfNeeded: self.low)).description
        }
        var address = in6_addr()
        withUnsafeMutableBytes(of: &address) { bytes in
            for index in 0..<8 {
                bytes[index] = UInt8(truncatingIfNeeded: self.high >> UInt64(56 - 8 * index))
                bytes[8 + index] = UInt8(truncatingIfNeeded: self.low >> UInt64(56 - 8 * index))
            }
        }
        var text = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, &address, &text, socklen_t(text.count))
        let numbers = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        return self.scope == 0 ? numbers : "\(numbers)%\(self.scope)"
    }
}

extension AgentAddress: CustomStringConvertible {
    /// `192.0.2.7:161` or `[2001:db8::7]:161`.
    public var description: String {
        self.isIPv6 ? "[\(self.host)]:\(self.port)" : "\(self.host):\(self.port)"
    }
}
