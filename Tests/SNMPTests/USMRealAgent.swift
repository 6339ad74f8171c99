import Foundation

@testable import SNMP

/// A user that a real `snmpd` and net-snmp's commands know too.
struct RealUser: Sendable {
    let name: String
    let authentication: USMCredential.AuthenticationProtocol?
    let privacy: USMCredential.PrivacyProtocol?

    var authenticationPassword: String { "sign-\(self.name)-word" }
    var privacyPassword: String { "hide-\(self.name)-word" }

    /// Every pair that net-snmp serves.
    static let all: [RealUser] = {
        var users = [RealUser(name: "none", authentication: nil, privacy: nil)]
        for authentication in USMCredential.AuthenticationProtocol.allCases {
            for privacy in [nil] + USMCredential.PrivacyProtocol.allCases.map(Optional.some) {
                users.append(
                    RealUser(
                        name: "\(authentication)-\(privacy.map(\.rawValue) ?? "plain")",
                        authentication: authentication,
                        privacy: privacy
                    )
                )
            }
        }
        return users
    }()

    static func named(_ name: String) throws -> RealUser {
        guard let user = Self.all.first(where: { $0.name == name }) else { throw POSIXError(.ENOENT) }
        return user
    }

    private var authenticationName: String {
        switch self.authentication {
        case .md5, nil: "MD5"
        case .sha1: "SHA"
        case .sha224: "SHA-224"
        case .sha256: "SHA-256"
        case .sha384: "SHA-384"
        case .sha512: "SHA-512"
        }
    }

    private var privacyName: String {
        switch self.privacy {
        case .des, nil: "DES"
        case .aes128: "AES"
        case .aes192: "AES-192"
        case .aes256: "AES-256"
        case .aes192Reeder: "AES-192-C"
        case .aes256Reeder: "AES-256-C"
        }
    }

    /// The lines of `snmpd.conf` that make the user.
    var configuration: String {
        var line = "createUser \(self.name)"
        if self.authentication != nil { line += " \(self.authenticationName) \(self.authenticationPassword)" }
        if self.privacy != nil { line += " \(self.privacyName) \(self.privacyPassword)" }
        let level = self.authentication == nil ? "noauth" : self.privacy == nil ? "auth" : "priv"
        return "\(line)\nrouser \(self.name) \(level)"
    }

    /// The options by which net-snmp's commands are this user.
    var options: [String] {
        let level =
            self.authentication == nil ? "noAuthNoPriv" : self.privacy == nil ? "authNoPriv" : "authPriv"
        var options = ["-v3", "-u", self.name, "-l", level]
        if self.authentication != nil {
            options += ["-a", self.authenticationName, "-A", self.authenticationPassword]
        }
        if self.privacy != nil { options += ["-x", self.privacyName, "-X", self.privacyPassword] }
        return options
    }

    func credential(
        authenticationPassword: String? = nil,
        privacyPassword: String? = nil
    ) throws -> USMCredential {
        try USMCredential(
            user: self.name,
            authentication: self.authentication.map {
                ($0, password: authenticationPassword ?? self.authenticationPassword)
            },
            privacy: self.privacy.map { ($0, password: privacyPassword ?? self.privacyPassword) }
        )
    }
}

/// A real `snmpd` that speaks v3 to every `RealUser`; may be started anew with other boots or another engine.
final class RealV3Agent {
    let port: UInt16
    private let folder: TemporaryFolder
    private var process: ServerProcess?

    init() throws {
        self.folder = try TemporaryFolder()
        self.port = try LoopbackSocket().port
        try self.start(engine: "80001f8804776179736964653031", boots: 7)
    }

    /// Starts the agent, which was stopped before, as if its file of boots said this.
    func start(engine: String, boots: Int) throws {
        self.process = nil
        try self.folder.write("oldEngineID 0x\(engine)\nengineBoots \(boots - 1)\n", to: "snmpd.conf")
        try self.folder.write(
            """
            agentaddress udp:127.0.0.1:\(self.port)
            exactEngineID 0x\(engine)
            sysLocation here
            dontLogTCPWrappersConnects yes
            \(RealUser.all.map(\.configuration).joined(separator: "\n"))
            """,
            to: "configuration"
        )
        self.process = try ServerProcess(
            "/usr/sbin/snmpd",
            ["-f", "-Lo", "-C", "-c", "\(self.folder.path)/configuration"],
            environment: ["SNMP_PERSISTENT_DIR": self.folder.path, "MIBS": ""],
            ready: "NET-SNMP version"
        )
    }

    /// What `snmpget` prints for one object.
    func ask(_ name: OID, as user: RealUser) throws -> String {
        try ServerProcess.output(
            of: "/usr/bin/snmpget",
            user.options + ["-On", "-Ox", "-Oe", "-Ot", "127.0.0.1:\(self.port)", ".\(name)"],
            environment: [
                "SNMPCONFPATH": self.folder.path, "SNMP_PERSISTENT_DIR": self.folder.path, "MIBS": "",
            ]
        ).trimmingCharacters(in: .whitespacesAndNewlines)
    }
}

/// A loop for one question at a time around a book: what an engine does, without its table and its wheel.
struct USMAsker: ~Copyable {
    enum Outcome {
        case response(ResponsePDU)
        case refused(USMRefusal)
        /// Nothing that answers came; with what was doubted on the way.
        case silent(USMRefusal?)
    }

    var book: USMBook
    let users = USMUserTable()
    /// Added to the clock, to let time pass.
    var shift: MonotonicTime = 0
    /// The kinds of datagrams that the last question took.
    private(set) var roundsUsed = 0
    private var nextID: UInt32 = 1_000
    private let socket: LoopbackSocket

    init() throws {
        self.book = try USMBook(firstSalt: .random(in: 0...(.max)))
        self.socket = try LoopbackSocket()
        var limit = timeval(tv_sec: 2, tv_usec: 0)
        setsockopt(
            self.socket.descriptor,
            SOL_SOCKET,
            SO_RCVTIMEO,
            &limit,
            socklen_t(MemoryLayout<timeval>.size)
        )
    }

    var now: MonotonicTime { .read() + self.shift }

    mutating func ask(_ names: [OID], port: UInt16, as credential: USMCredential) throws -> Outcome {
        guard let address = AgentAddress("127.0.0.1", port: port) else { throw POSIXError(.EINVAL) }
        let index = self.book.index(of: address)
        let user = self.users.user(for: credential)
        let template = try PollTemplate.get(names)
        var rounds = USMRounds()
        var datagram: [UInt8] = []
        var doubt: USMRefusal?
        self.nextID += 1
        var mustSend = true
        defer { self.roundsUsed = Int(rounds.used) }
        while true {
            if mustSend {
                let id = self.nextID
                try self.book.write(
                    template,
                    to: index,
                    user: user,
                    id: id,
                    rounds: &rounds,
                    at: self.now,
                    into: &datagram
                )
                self.socket.send(datagram, toPort: port)
            }
            mustSend = false
            let (bytes, _) = self.socket.receive()
            guard !bytes.isEmpty else { return .silent(doubt) }
            let span = bytes.span.bytes
            let envelope = try USMEnvelope(span)
            let reading = self.book.read(
                envelope,
                in: span,
                from: index,
                user: user,
                id: self.nextID,
                rounds: &rounds,
                at: self.now
            )
            switch reading {
            case .answer(let pdu, let isHidden):
                return .response(
                    isHidden
                        ? try ResponsePDU(pdu.body, in: self.book.plaintext.span.bytes)
                        : try ResponsePDU(pdu.body, in: span)
                )
            case .again(let renewsID):
                if renewsID { self.nextID += 1 }
                mustSend = true
            case .refused(let refusal): return .refused(refusal)
            case .doubt(let refusal): doubt = refusal
            case .ignored: break
            case .malformed(let fault): throw fault
            }
        }
    }
}
