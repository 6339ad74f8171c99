/// A report as it was published (已发布报表): numbers, rule and cut-off never change.
public struct PublishedReport: Hashable, Sendable {
    /// Its id; the same for every revision.
    public var id: String
    /// Which revision; 1 or more.
    public var revision: Int
    /// Which period.
    public var period: ServicePeriod
    /// The organization's key; `nil` for the whole population of the rule.
    public var organization: String?
    /// The rule's id.
    public var rule: String
    /// The rule's version.
    public var ruleVersion: Int
    /// What was known later does not count.
    public var cutOffAt: Timestamp
    /// When it was published.
    public var publishedAt: Timestamp
    /// By whom.
    public var publishedBy: String
    /// Why there is this revision; `nil` for the first.
    public var reason: String?
    /// Whether more could still become known without coming late.
    public var isProvisional: Bool
    /// SHA-256 of the evidence, in hexadecimal.
    public var inputsSHA256: String
    /// SHA-256 of the figures, in hexadecimal.
    public var figuresSHA256: String
    /// The assessed rate as it was published.
    public var assessed: OnlineRate

    /// A report.
    public init(
        id: String,
        revision: Int,
        period: ServicePeriod,
        organization: String?,
        rule: String,
        ruleVersion: Int,
        cutOffAt: Timestamp,
        publishedAt: Timestamp,
        publishedBy: String,
        reason: String?,
        isProvisional: Bool,
        inputsSHA256: String,
        figuresSHA256: String,
        assessed: OnlineRate
    ) {
        (self.id, self.revision, self.period, self.organization) = (id, revision, period, organization)
        (self.rule, self.ruleVersion, self.cutOffAt) = (rule, ruleVersion, cutOffAt)
        (self.publishedAt, self.publishedBy, self.reason) = (publishedAt, publishedBy, reason)
        (self.isProvisional, self.inputsSHA256) = (isProvisional, inputsSHA256)
        (self.figuresSHA256, self.assessed) = (figuresSHA256, assessed)
    }
}
