internal import ArgumentParser
internal import SNMP
internal import WaysideFiles

/// Asks an SNMP agent by hand (SNMP 查询).
struct SNMPCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "snmp",
        abstract: "Ask an SNMP agent: single objects, or a whole table. Only ever reads.",
        discussion: """
            The community comes best from the sealed credentials or from standard input, because every user of this \
            machine can read a command line:

              wayside snmp get 198.18.1.1 1.3.6.1.2.1.1.5.0 --community -
              wayside snmp walk 198.18.1.1 1.3.6.1.2.1.2.2 --credential road-agents
            """,
        subcommands: [SNMPFactsCommand.self, SNMPGetCommand.self, SNMPWalkCommand.self]
    )
}

/// Whom to ask, and what opens it.
struct SNMPOptions: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The agent: an address or a name, with a port unless it is 161; IPv6 with a port in brackets.",
            valueName: "host[:port]"
        )
    )
    var host: String

    @Option(help: ArgumentHelp("The community, or - for a line of standard input.", valueName: "community"))
    var community: SecretArgument?

    @OptionGroup
    var user: SNMPUserOptions

    @OptionGroup
    var named: NamedCredential

    @Flag(help: "Speak SNMPv1; otherwise SNMPv2c, or what the credential says.")
    var v1 = false

    @Option(help: ArgumentHelp("One question's longest time, retries included.", valueName: "seconds"))
    var deadline: Seconds?

    @Option(help: "table, json or csv.")
    var format: Format = .table

    /// The agent, its name looked up.
    func agent() async throws -> SNMPAgent {
        let (host, port) = try self.place()
        let credential = try self.opening()
        do {
            return try await SNMPAgent(host: host, port: port, credential: credential)
        } catch {
            throw Ending.asked("\(error)")
        }
    }

    /// An engine for a few questions.
    func engine() throws -> SNMPEngine {
        var settings = SNMPEngineSettings()
        if let deadline = self.deadline { settings.deadline = deadline.duration }
        do {
            return try SNMPEngine(settings: settings)
        } catch {
            throw Ending.ours("\(error)")
        }
    }

    private func place() throws(ExitCode) -> (host: String, port: UInt16) {
        var (host, port) = (self.host[...], nil as Substring?)
        if host.first == "[", let close = host.firstIndex(of: "]") {
            let rest = host[host.index(after: close)...]
            port = rest.first == ":" ? rest.dropFirst() : nil
            host = host[..<close].dropFirst()
        } else if let colon = host.firstIndex(of: ":"), colon == host.lastIndex(of: ":") {
            port = host[host.index(after: colon)...]
            host = host[..<colon]
        }
        guard let port else { return (String(host), SNMPAgent.standardPort) }
        guard let number = UInt16(port), number > 0 else {
            throw Ending.asked("the port \(port) is no number from 1 to 65535")
        }
        return (String(host), number)
    }

    private func opening() throws -> SNMP.SNMPCredential {
        let named = try self.named.opened(\.snmp)
        let user = try self.user.credential()
        switch (self.community, user, named) {
        case (let community?, nil, nil):
            let text = try community.revealed("community")
            return self.v1 ? .v1(community: text) : .v2c(community: text)
        case (nil, let user?, nil) where !self.v1: return .v3(user)
        case (nil, _?, nil): throw Ending.asked("both --v1 and --v3-user are given; give one of them")
        case (nil, nil, let named?): return try self.opening(named)
        case (nil, nil, nil):
            throw Ending.asked(
                "nothing opens the agent; give --credential NAME, or --community - and the community on standard input"
            )
        default:
            throw Ending.asked(
                "more than one of --community, --v3-user and --credential is given; give one of them"
            )
        }
    }

    private func opening(_ credential: WaysideFiles.SNMPCredential) throws(ExitCode) -> SNMP.SNMPCredential {
        switch credential {
        case .community(let text, let version):
            return self.v1 || version == 1 ? .v1(community: text.revealed) : .v2c(community: text.revealed)
        case .user(let user):
            guard !self.v1 else { throw Ending.asked("--v1 is given, and the credential is one of SNMPv3") }
            do {
                return .v3(try USMCredential(user))
            } catch {
                throw Ending.asked("\(error)")
            }
        }
    }
}
