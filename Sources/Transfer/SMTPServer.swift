/// A name and password for a mail server.
public struct SMTPCredential: Sendable, Hashable {
    /// Shown in descriptions.
    public let user: String
    /// Never shown.
    public let password: TransferSecret

    /// Both as the server knows them.
    public init(user: String, password: TransferSecret) {
        self.user = user
        self.password = password
    }
}

/// The mail server that takes our mails, and on what terms (RFC 5321, RFC 3207, RFC 8314).
public struct SMTPServer: Sendable, Hashable {
    /// How the way to the server is protected.
    public enum Security: String, Sendable, Hashable, CaseIterable {
        /// Not at all.
        case plain
        /// TLS is asked for by STARTTLS, and nothing is sent unless it stands.
        case startTLS
        /// TLS from the first byte (`smtps`).
        case implicitTLS
    }

    /// A name, an IPv4 address, or an IPv6 address without brackets.
    public let host: String
    /// 1 to 65535; usually 25 (plain), 587 (startTLS) or 465 (implicitTLS).
    public let port: Int
    /// How the way to the server is protected.
    public let security: Security
    /// Who we are; `nil` where the server asks nobody.
    public let credential: SMTPCredential?
    /// Whose certificates are believed.
    public let trust: TLSTrust
    /// The name given with EHLO; this machine's own when `nil`.
    public let clientName: String?

    /// Throws `invalid` for an impossible host, port or client name, and for a credential that would cross
    /// the network in clear unless `allowsCredentialInClear` says that it may.
    public init(
        host: String,
        port: Int,
        security: Security,
        credential: SMTPCredential? = nil,
        trust: TLSTrust = .system,
        clientName: String? = nil,
        allowsCredentialInClear: Bool = false
    ) throws(TransferError) {
        guard Self.isHost(host, extra: ":") else {
            throw TransferError(
                .compose,
                "mail server",
                .invalid,
                "the host is neither a name nor an address"
            )
        }
        guard (1...65535).contains(port) else {
            throw TransferError(.compose, "mail server", .invalid, "the port is not in 1...65535")
        }
        if let clientName, !Self.isHost(clientName, extra: "") {
            throw TransferError(.compose, "mail server", .invalid, "the client name is not a host name")
        }
        if let credential {
            guard security != .plain || allowsCredentialInClear else {
                throw TransferError(
                    .compose,
                    "mail server",
                    .invalid,
                    "a credential is not sent in clear: choose startTLS or implicitTLS, or allow it expressly"
                )
            }
            guard !credential.user.isEmpty, !HeaderSyntax.holdsControl(credential.user),
                !HeaderSyntax.holdsControl(credential.password.text)
            else {
                throw TransferError(
                    .compose,
                    "mail server",
                    .invalid,
                    "the credential has an empty user or holds a control character"
                )
            }
        }
        self.host = host
        self.port = port
        self.security = security
        self.credential = credential
        self.trust = trust
        self.clientName = clientName
    }

    var address: String {
        let scheme = self.security == .implicitTLS ? "smtps" : "smtp"
        let host = self.host.utf8.contains(UInt8(ascii: ":")) ? "[\(self.host)]" : self.host
        return "\(scheme)://\(host):\(self.port)"
    }

    private static func isHost(_ text: String, extra: String) -> Bool {
        (1...253).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
                    || "-._".utf8.contains(byte) || extra.utf8.contains(byte)
            }
    }
}

extension SMTPServer: CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    /// Address, protection and user; never the password.
    public var description: String {
        let user = self.credential.map { " as \($0.user)" } ?? ""
        return "\(self.address) (\(self.security.rawValue))\(user)"
    }
    /// As `description`.
    public var debugDescription: String { self.description }
    /// Only the printed form.
    public var customMirror: Mirror { Mirror(self, children: ["server": self.description]) }
}
