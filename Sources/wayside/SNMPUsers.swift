internal import SNMP
internal import WaysideFiles

extension USMCredential.AuthenticationProtocol {
    /// The protocols by the names that files and command lines use.
    static let named: [String: Self] = [
        "md5": .md5, "sha": .sha1, "sha224": .sha224, "sha256": .sha256, "sha384": .sha384, "sha512": .sha512,
    ]
}

extension USMCredential.PrivacyProtocol {
    /// The protocols by the names that files and command lines use; those with `c` make long keys as Cisco's agents do.
    static let named: [String: Self] = [
        "des": .des, "aes128": .aes128, "aes192": .aes192, "aes256": .aes256, "aes192c": .aes192Reeder,
        "aes256c": .aes256Reeder,
    ]
}

extension USMCredential {
    /// The engine's form of a user out of a file, whose reader knows only the protocols named above.
    ///
    /// - Throws: For a user that RFC 3414 forbids, such as one with a name of more than 32 bytes.
    init(_ user: SNMPUser) throws(SNMPError) {
        let authentication = user.authentication.flatMap { part in
            AuthenticationProtocol.named[part.method].map { ($0, password: part.passphrase.revealed) }
        }
        let privacy = user.privacy.flatMap { part in
            PrivacyProtocol.named[part.method].map { ($0, password: part.passphrase.revealed) }
        }
        precondition(
            (authentication == nil) == (user.authentication == nil),
            "the reader knows the protocols"
        )
        precondition((privacy == nil) == (user.privacy == nil), "the reader knows the protocols")
        try self.init(
            user: user.name,
            authentication: authentication,
            privacy: privacy,
            context: user.context
        )
    }
}
