public import WaysideCore

/// A rate rule with the text it was read from (口径全文).
public struct RuleText: Hashable, Sendable {
    /// The rule.
    public var rule: RateRule
    /// The bytes whose SHA-256 the rule carries.
    public var text: String

    /// A rule's text.
    public init(rule: RateRule, text: String) { (self.rule, self.text) = (rule, text) }
}
