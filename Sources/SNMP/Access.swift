/// What opens an agent, ready to write messages with.
enum Access: Sendable {
    /// A version and its community.
    case community(CommunityHead)
    /// A user of SNMPv3, and the context that it looks into.
    case user(USMUser, context: [UInt8])

    /// Why a question cannot be put this way; `nil` when it can.
    func problem(with template: PollTemplate) -> String? {
        let hasRoom: Bool
        switch self {
        case .user(let user, let context):
            hasRoom = USMBook.hasRoom(for: template, user: user, contextName: context)
        case .community(let head):
            if head.version == 0, template.kind == .getBulk { return "GETBULK does not exist in SNMPv1" }
            hasRoom = head.room(for: template)
        }
        return hasRoom ? nil : "the message does not fit into one datagram"
    }
}

/// What opens the agents that are asked round after round, each different one kept once: thousands of agents share a few
/// communities.
struct AccessTable {
    private var accesses: ContiguousArray<Access> = []
    private var indexOfCredential: [SNMPCredential: UInt32] = [:]

    subscript(index: UInt32) -> Access { self.accesses[Int(index)] }

    /// The index of a credential's access.
    mutating func index(of credential: SNMPCredential, _ access: Access) -> UInt32 {
        if let index = self.indexOfCredential[credential] { return index }
        let index = UInt32(self.accesses.count)
        self.accesses.append(access)
        self.indexOfCredential[credential] = index
        return index
    }
}
