/// What is made of the certificates that cameras and platforms show (证书策略).
public struct StreamCertificates: Hashable, Sendable {
    /// What is made of one.
    public enum Policy: String, Hashable, Sendable, CaseIterable {
        /// It must lead to a trusted authority, be in its time and carry the host's name; else the stream is abnormal,
        /// and neither a password nor a question is sent.
        case verify
        /// It is looked at and reported on, but anything goes: for cameras with a certificate of their own making.
        /// Whoever sits in between can then read what we send and show us another picture.
        case reportOnly = "report_only"
    }

    /// A file of certificates in PEM that are trusted beside the system's; relative to the settings file, `nil` for none.
    public var authorities: String?
    /// For everybody who is not listed; default ``Policy/verify``.
    public var policy = Policy.verify
    /// By the device's key, for its own streams; what a platform shows is the platform's.
    public var byDevice: [String: Policy] = [:]

    /// Every certificate must verify against the system's authorities.
    public init() {}

    /// The policy for a device's stream at that hop.
    public func policy(of device: String, at hop: Hop) -> Policy {
        hop == .platform ? self.policy : self.byDevice[device] ?? self.policy
    }
}
