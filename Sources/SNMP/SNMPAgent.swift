/// An agent to be asked: where it is and what opens it.
public struct SNMPAgent: Sendable, Hashable {
    /// The port that agents listen on unless told otherwise (RFC 3417 §3.2).
    public static let standardPort: UInt16 = 161

    /// Where it is.
    public let address: AgentAddress
    /// What opens it.
    public let credential: SNMPCredential
    /// The same, ready to write messages with.
    let access: Access

    /// Takes an address that is known.
    public init(address: AgentAddress, credential: SNMPCredential) {
        self.address = address
        self.credential = credential
        self.access =
            switch credential {
            case .v1(let community): .community(CommunityHead(version: 0, community: community))
            case .v2c(let community): .community(CommunityHead(version: 1, community: community))
            case .v3(let user): .user(user)
            }
    }

    /// Looks a host's address up (a numeric one at once, without asking anybody), waiting at most `limit`.
    ///
    /// Throws when there is no such host, when nobody said in time, or when too many look-ups hang.
    public init(
        host: String,
        port: UInt16 = SNMPAgent.standardPort,
        credential: SNMPCredential,
        resolvingWithin limit: Duration = .seconds(5)
    ) async throws(SNMPError) {
        if let address = AgentAddress(host, port: port) {
            self.init(address: address, credential: credential)
        } else {
            let address = try await HostLookup.address(of: host, port: port, within: limit)
            self.init(address: address, credential: credential)
        }
    }
}

extension SNMPAgent: CustomStringConvertible {
    /// The address and the version; nothing secret.
    public var description: String { "\(self.address) \(self.credential)" }
}
