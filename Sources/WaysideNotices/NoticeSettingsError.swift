/// An address or secret for notices that cannot be used as it is set.
public struct NoticeSettingsError: Error, Hashable, Sendable, CustomStringConvertible {
    /// Which setting.
    public let subject: String
    /// What is wrong, and what would be right; no secret in it.
    public let words: String

    /// The setting and what is wrong with it.
    public var description: String { "\(self.subject): \(self.words)" }
}
