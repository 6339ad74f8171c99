/// What opens an agent. Prints as `<secret>`, also under reflection, so that no log, error or dump can hold
/// it.
public enum SNMPCredential: Sendable, Hashable {
    /// SNMPv1 with a community (RFC 1157).
    case v1(community: String)
    /// SNMPv2c with a community (RFC 1901).
    case v2c(community: String)
    /// SNMPv3 with a user of the User-based Security Model (RFC 3414).
    case v3(USMCredential)
}

extension SNMPCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The version, and `<secret>` for the rest.
    public var description: String {
        switch self {
        case .v1: "v1 <secret>"
        case .v2c: "v2c <secret>"
        case .v3: "v3 <secret>"
        }
    }

    /// The same as `description`.
    public var debugDescription: String { self.description }

    /// Shows nothing of what is inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

/// A user of the User-based Security Model (RFC 3414): how messages are signed and encrypted.
public struct USMCredential: Sendable, Hashable {
    /// The hash that signs (RFC 3414 §6–7, RFC 7860).
    public enum AuthenticationProtocol: String, Sendable, Hashable, CaseIterable {
        /// HMAC-MD5-96.
        case md5
        /// HMAC-SHA-96.
        case sha1
        /// HMAC-128-SHA-224.
        case sha224
        /// HMAC-192-SHA-256.
        case sha256
        /// HMAC-256-SHA-384.
        case sha384
        /// HMAC-384-SHA-512.
        case sha512
    }

    /// The cipher that hides (RFC 3414 §8, RFC 3826, and the two customs of vendors for longer keys).
    public enum PrivacyProtocol: String, Sendable, Hashable, CaseIterable {
        /// CBC-DES.
        case des
        /// CFB128-AES-128.
        case aes128
        /// CFB128-AES-192, short keys extended as Blumenthal's draft does.
        case aes192
        /// CFB128-AES-256, short keys extended as Blumenthal's draft does.
        case aes256
        /// CFB128-AES-192, short keys extended as Reeder's draft and Cisco do.
        case aes192Reeder
        /// CFB128-AES-256, short keys extended as Reeder's draft and Cisco do.
        case aes256Reeder
    }

    /// A protocol with the password its key is made of.
    public struct Secret<Algorithm: Sendable & Hashable>: Sendable, Hashable {
        /// Which algorithm.
        public let algorithm: Algorithm
        let password: String
    }

    /// The user's name, 1 to 32 bytes.
    public let user: String
    /// How messages are signed; `nil` for noAuthNoPriv.
    public let authentication: Secret<AuthenticationProtocol>?
    /// How messages are hidden; `nil` for noPriv.
    public let privacy: Secret<PrivacyProtocol>?
    /// The context that the user looks into (RFC 3411 §3.3.1), at most 255 bytes; empty is the agent's own.
    public let context: String

    /// Makes a user. Throws where RFC 3414 forbids it: a name of no or more than 32 bytes, a password of less
    /// than 8 characters (§11.2), privacy without authentication (§1.4.3); and for a context of more than 255 bytes.
    public init(
        user: String,
        authentication: (AuthenticationProtocol, password: String)? = nil,
        privacy: (PrivacyProtocol, password: String)? = nil,
        context: String = ""
    ) throws(SNMPError) {
        guard context.utf8.count <= 255 else {
            throw SNMPError(.credential, "v3 user \(user)", "the context must have at most 255 bytes")
        }
        guard (1...32).contains(user.utf8.count) else {
            throw SNMPError(.credential, "v3 user", "the name must have 1 to 32 bytes")
        }
        guard privacy == nil || authentication != nil else {
            throw SNMPError(.credential, "v3 user \(user)", "privacy needs authentication")
        }
        for password in [authentication?.password, privacy?.password] {
            guard let password, password.utf8.count < 8 else { continue }
            throw SNMPError(.credential, "v3 user \(user)", "a password must have at least 8 characters")
        }
        self.user = user
        self.context = context
        self.authentication = authentication.map { Secret(algorithm: $0.0, password: $0.password) }
        self.privacy = privacy.map { Secret(algorithm: $0.0, password: $0.password) }
    }

    private init(_ other: USMCredential, context: String) {
        self.user = other.user
        self.context = context
        self.authentication = other.authentication
        self.privacy = other.privacy
    }

    /// The same user, looking into another context. Throws for a context of more than 255 bytes.
    public func inContext(_ context: String) throws(SNMPError) -> USMCredential {
        guard context.utf8.count <= 255 else {
            throw SNMPError(.credential, "v3 user \(self.user)", "the context must have at most 255 bytes")
        }
        return USMCredential(self, context: context)
    }
}

extension USMCredential: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The user's name, and `<secret>` for the rest.
    public var description: String { "v3 user \(self.user) <secret>" }

    /// The same as `description`.
    public var debugDescription: String { self.description }

    /// Shows nothing of what is inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}

extension USMCredential.Secret: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// The algorithm, and `<secret>` for the password.
    public var description: String { "\(self.algorithm) <secret>" }

    /// The same as `description`.
    public var debugDescription: String { self.description }

    /// Shows nothing of what is inside.
    public var customMirror: Mirror { Mirror(self, children: []) }
}
