/// An approved, evidenced stretch of time whose minutes a rate rule may leave out (报备).
public struct Exemption: Hashable, Sendable {
    /// Whom it covers.
    public enum Scope: Hashable, Sendable {
        /// One device, by key.
        case device(String)
        /// Every device of the organization and of those below it, by key.
        case organization(String)
        /// Everything that hangs on this device alone, by key; without the device itself.
        case downstream(of: String)
    }

    /// Its identity in files.
    public let id: String
    /// Whom it covers.
    public let scope: Scope
    /// Which facets it covers; `nil` for all.
    public let facets: Set<Facet>?
    /// What kind of reason it is, such as `works`; a rate rule accepts it or not.
    public let className: String
    /// When it holds.
    public let span: Span
    /// When somebody asked for it.
    public let requestedAt: Timestamp?
    /// When it was approved; `nil` while it is not.
    public internal(set) var approvedAt: Timestamp?
    /// When it was revoked, which voids it whole; `nil` while it is not.
    public internal(set) var revokedAt: Timestamp?
    /// The document that justifies it.
    public let document: String?
    /// Why, in words.
    public let reason: String?

    /// An exemption.
    public init(
        id: String,
        scope: Scope,
        facets: Set<Facet>? = nil,
        className: String,
        span: Span,
        requestedAt: Timestamp? = nil,
        approvedAt: Timestamp?,
        revokedAt: Timestamp? = nil,
        document: String? = nil,
        reason: String? = nil
    ) {
        (self.id, self.scope, self.facets, self.className, self.span) = (id, scope, facets, className, span)
        (self.requestedAt, self.approvedAt, self.revokedAt) = (requestedAt, approvedAt, revokedAt)
        (self.document, self.reason) = (document, reason)
    }

    /// Whether it was approved and not revoked, as far as was known then.
    public func isKnown(at instant: Timestamp) -> Bool {
        guard let approvedAt = self.approvedAt, approvedAt <= instant else { return false }
        return self.revokedAt.map { $0 > instant } ?? true
    }
}
