internal import ArgumentParser
internal import SNMP

/// A user of SNMPv3 on a command line, for trying by hand; a named credential keeps its passwords off it.
struct SNMPUserOptions: ParsableArguments {
    @Option(help: ArgumentHelp("Speak SNMPv3 as this user.", valueName: "user"))
    var v3User: String?

    @Option(
        help: ArgumentHelp(
            "How the user signs, with its password or - for a line of standard input: md5, sha, sha224, sha256, sha384 or "
                + "sha512.",
            valueName: "protocol:password"
        )
    )
    var auth: SecretArgument?

    @Option(
        help: ArgumentHelp(
            "How the user hides, with its password or - for a line of standard input: des, aes128, aes192, aes256, aes192c "
                + "or aes256c.",
            valueName: "protocol:password"
        )
    )
    var priv: SecretArgument?

    @Option(help: ArgumentHelp("The context that the user looks into.", valueName: "context"))
    var context: String?

    /// The user; `nil` when none is named.
    func credential() throws -> USMCredential? {
        guard let user = self.v3User else {
            guard self.auth == nil, self.priv == nil, self.context == nil else {
                throw Ending.asked("--auth, --priv and --context go with --v3-user NAME")
            }
            return nil
        }
        let authentication = try self.auth.map { argument in
            try Self.part(argument, "auth", USMCredential.AuthenticationProtocol.named)
        }
        let privacy = try self.priv.map { argument in
            try Self.part(argument, "priv", USMCredential.PrivacyProtocol.named)
        }
        do {
            return try USMCredential(
                user: user,
                authentication: authentication,
                privacy: privacy,
                context: self.context ?? ""
            )
        } catch {
            throw Ending.asked("\(error)")
        }
    }

    /// Cuts `sha256:password` in two. Nothing of what follows the colon is ever said.
    private static func part<Protocol>(
        _ argument: SecretArgument,
        _ option: String,
        _ known: [String: Protocol]
    ) throws(ExitCode) -> (Protocol, password: String) {
        let names = known.keys.sorted().joined(separator: ", ")
        guard let (name, password) = try argument.revealedPart("\(option) password"), let found = known[name]
        else {
            throw Ending.asked("--\(option) is not PROTOCOL:PASSWORD; the protocols are \(names)")
        }
        return (found, password: password)
    }
}
