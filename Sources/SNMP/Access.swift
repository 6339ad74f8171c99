/// What opens an agent, ready to write messages with.
enum Access: Sendable, Hashable {
    /// A version and its community.
    case community(CommunityHead)
    /// A user of SNMPv3.
    case user(USMCredential)

    /// Why a question cannot be put this way; `nil` when it can.
    func problem(with template: PollTemplate) -> String? {
        switch self {
        case .user: return "SNMPv3 is not spoken by this engine yet"
        case .community(let head):
            if head.version == 0, template.kind == .getBulk { return "GETBULK does not exist in SNMPv1" }
            return head.room(for: template) ? nil : "the message does not fit into one datagram"
        }
    }

    /// Whether GETBULK can be asked.
    var knowsGetBulk: Bool {
        if case .community(let head) = self { head.version != 0 } else { true }
    }
}
