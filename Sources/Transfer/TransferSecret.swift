/// A password or key that is used and never shown: every way of printing it gives `<secret>`.
public struct TransferSecret: Sendable, Hashable {
    let text: String

    /// Takes a secret in clear; from here on it cannot be read back.
    public init(_ text: String) {
        self.text = text
    }
}

extension TransferSecret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Always `<secret>`.
    public var description: String { "<secret>" }
    /// Always `<secret>`.
    public var debugDescription: String { "<secret>" }
    /// Empty, so that `dump` shows nothing either.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
