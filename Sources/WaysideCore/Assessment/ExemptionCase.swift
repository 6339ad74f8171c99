/// An exemption on its way from the request to a decision (报备流程): who asked, who decided, and when.
public struct ExemptionCase: Hashable, Sendable {
    /// Where it stands.
    public enum Stage: String, Hashable, Sendable, CaseIterable {
        /// Asked for (待审批).
        case requested
        /// Granted (已批准): its minutes may be left out by rules that accept its class.
        case approved
        /// Not granted (已驳回).
        case rejected
        /// Taken back (已撤销), which voids the whole window.
        case revoked
    }

    /// What may be done.
    public enum Action: Hashable, Sendable {
        /// Grant it.
        case approve
        /// Do not grant it; why.
        case reject(reason: String)
        /// Take it back; why.
        case revoke(reason: String)

        /// The word in tables.
        public var name: String {
            switch self {
            case .approve: "approve"
            case .reject: "reject"
            case .revoke: "revoke"
            }
        }

        /// Why, where a reason is asked for.
        public var reason: String? {
            switch self {
            case .approve: nil
            case .reject(let reason), .revoke(let reason): reason
            }
        }
    }

    /// Why something cannot be done; nothing was changed.
    public struct Refusal: Error, Hashable, Sendable, CustomStringConvertible {
        /// Which exemption.
        public let id: String
        /// Where it stands.
        public let stage: Stage
        /// What was asked for.
        public let action: String
        /// What would mend it.
        public let mend: String

        /// One line.
        public var description: String {
            "exemption \(self.id) is \(self.stage.rawValue): it cannot be told to \(self.action); \(self.mend)"
        }
    }

    /// What is asked for, with the instants of the decisions.
    public private(set) var exemption: Exemption
    /// When it was rejected; `nil` while it is not.
    public private(set) var rejectedAt: Timestamp?

    /// A case as it is kept.
    public init(_ exemption: Exemption, rejectedAt: Timestamp? = nil) {
        (self.exemption, self.rejectedAt) = (exemption, rejectedAt)
    }

    /// Where it stands.
    public var stage: Stage {
        if self.exemption.revokedAt != nil { return .revoked }
        if self.exemption.approvedAt != nil { return .approved }
        return self.rejectedAt == nil ? .requested : .rejected
    }

    /// Takes a decision. A window that is over may still be approved: that is a late approval, which each rule accepts
    /// or not.
    ///
    /// - Throws: When that decision cannot follow on where it stands.
    public mutating func perform(_ action: Action, at now: Timestamp) throws(Refusal) {
        switch (self.stage, action) {
        case (.requested, .approve): self.exemption.approvedAt = now
        case (.requested, .reject): self.rejectedAt = now
        case (.approved, .revoke): self.exemption.revokedAt = now
        case (.requested, .revoke): throw self.refusal(action, "reject it instead")
        case (.approved, .approve), (.approved, .reject): throw self.refusal(action, "revoke it instead")
        case (.rejected, _), (.revoked, _): throw self.refusal(action, "ask for a new one under another id")
        }
    }

    /// Whether it was approved only after its window had begun.
    public var isLate: Bool { self.exemption.approvedAt.map { $0 > self.exemption.span.start } ?? false }

    private func refusal(_ action: Action, _ mend: String) -> Refusal {
        Refusal(id: self.exemption.id, stage: self.stage, action: action.name, mend: mend)
    }
}
