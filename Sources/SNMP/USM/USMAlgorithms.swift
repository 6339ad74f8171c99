internal import Cryptography

extension USMCredential.AuthenticationProtocol {
    /// The hash at work.
    var digest: Digest {
        switch self {
        case .md5: .md5
        case .sha1: .sha1
        case .sha224: .sha224
        case .sha256: .sha256
        case .sha384: .sha384
        case .sha512: .sha512
        }
    }

    /// Bytes of the code that a message carries: 12 for the two of RFC 3414 (§6.1, §7.1), 16 to 48 for those of
    /// RFC 7860 (§4.1).
    var codeByteCount: Int {
        switch self {
        case .md5, .sha1: 12
        case .sha224: 16
        case .sha256: 24
        case .sha384: 32
        case .sha512: 48
        }
    }
}

extension USMCredential.PrivacyProtocol {
    /// How a key is made longer than the hash that made it.
    enum Extension {
        /// The hash of what is there already follows (draft-blumenthal-aes-usm-04 §3.1.2.1), as net-snmp has it.
        case blumenthal
        /// The key made of what is there as of a password follows (draft-reeder-snmpv3-usm-3desede-00 §2.1), as
        /// Cisco has it.
        case reeder
    }

    /// The cipher at work.
    var cipher: PacketCipher.Algorithm {
        switch self {
        case .des: .des
        case .aes128: .aes128
        case .aes192, .aes192Reeder: .aes192
        case .aes256, .aes256Reeder: .aes256
        }
    }

    /// Bytes of key material: DES has a pre-vector behind its key (RFC 3414 §8.1.1.1).
    var materialByteCount: Int { self == .des ? 16 : self.cipher.keyByteCount }

    /// How short keys are made longer.
    var keyExtension: Extension {
        switch self {
        case .aes192Reeder, .aes256Reeder: .reeder
        case .des, .aes128, .aes192, .aes256: .blumenthal
        }
    }
}
