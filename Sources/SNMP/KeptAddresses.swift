/// Addresses as they are kept for tens of thousands of agents: 8 bytes each. An IPv4 address and its port are the bytes
/// themselves; any other stands once in a table, from which nothing is taken out.
struct KeptAddresses {
    /// An address in this form; only the table that made it can read it.
    struct Kept {
        /// The highest bit, the port and the IPv4 address; or a place in the table.
        fileprivate let bits: UInt64
    }

    private static let isIPv4: UInt64 = 1 << 63

    private var others: ContiguousArray<AgentAddress> = []
    private var placeOfOther: [AgentAddress: Int] = [:]

    /// The form in which an address is kept.
    mutating func keep(_ address: AgentAddress) -> Kept {
        if !address.isIPv6, address.high == 0, address.scope == 0, address.low <= UInt64(UInt32.max) {
            return Kept(bits: Self.isIPv4 | UInt64(address.port) << 32 | address.low)
        }
        if let place = self.placeOfOther[address] { return Kept(bits: UInt64(place)) }
        let place = self.others.count
        self.others.append(address)
        self.placeOfOther[address] = place
        return Kept(bits: UInt64(place))
    }

    /// The address.
    subscript(kept: Kept) -> AgentAddress {
        guard kept.bits & Self.isIPv4 != 0 else { return self.others[Int(kept.bits)] }
        return AgentAddress(
            high: 0,
            low: kept.bits & UInt64(UInt32.max),
            scope: 0,
            isIPv6: false,
            port: UInt16(truncatingIfNeeded: kept.bits >> 32)
        )
    }
}
