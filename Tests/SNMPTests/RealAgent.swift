import Foundation

@testable import SNMP

/// A real `snmpd` of this machine's net-snmp, with objects of every type that it can serve, and net-snmp's
/// own commands to ask it with.
final class RealAgent: Sendable {
    static let ownObjects: OID = [1, 3, 6, 1, 4, 1, 99_999]

    let port: UInt16
    private let folder: TemporaryFolder
    private let process: ServerProcess

    init() throws {
        self.folder = try TemporaryFolder()
        self.port = try LoopbackSocket().port
        try self.folder.write(Self.script, to: "objects")
        try self.folder.write(
            """
            agentaddress udp:127.0.0.1:\(self.port),udp6:[::1]:\(self.port)
            rocommunity right 127.0.0.1
            rocommunity6 right ::1
            sysLocation 渝 K12+300
            override 1.3.6.1.4.1.99999.1.1.0 integer -5
            override 1.3.6.1.4.1.99999.1.2.0 uinteger 4294967295
            override 1.3.6.1.4.1.99999.1.3.0 octet_str "hello"
            override 1.3.6.1.4.1.99999.1.4.0 object_id 1.3.6.1.4.1.4294967295.1
            override 1.3.6.1.4.1.99999.1.5.0 timeticks 4000000000
            override 1.3.6.1.4.1.99999.1.6.0 counter 4294967295
            pass 1.3.6.1.4.1.99999.2 /bin/sh \(self.folder.path)/objects
            load 1
            dontLogTCPWrappersConnects yes
            """,
            to: "snmpd.conf"
        )
        try self.folder.write("defCommunity right\ndefVersion 2c\n", to: "snmp.conf")
        self.process = try ServerProcess(
            "/usr/sbin/snmpd",
            ["-f", "-Lo", "-C", "-c", "\(self.folder.path)/snmpd.conf"],
            environment: ["SNMP_PERSISTENT_DIR": self.folder.path, "MIBS": ""],
            ready: "NET-SNMP version"
        )
    }

    /// Objects of the types that `override` does not know.
    private static let script = """
        case "$1$2" in
        -n.1.3.6.1.4.1.99999.2|-g.1.3.6.1.4.1.99999.2.1) set 1 counter64 18446744073709551615;;
        -n.1.3.6.1.4.1.99999.2.1|-g.1.3.6.1.4.1.99999.2.2) set 2 ipaddress 192.0.2.255;;
        -n.1.3.6.1.4.1.99999.2.2|-g.1.3.6.1.4.1.99999.2.3) set 3 octet "00 FF 10 80";;
        -n.1.3.6.1.4.1.99999.2.3|-g.1.3.6.1.4.1.99999.2.4) set 4 gauge 2147483648;;
        *) exit 0;;
        esac
        echo ".1.3.6.1.4.1.99999.2.$1"; echo "$2"; echo "$3"
        """

    func agent(_ credential: SNMPCredential = .v2c(community: "right"), host: String = "127.0.0.1") throws
        -> SNMPAgent
    {
        guard let address = AgentAddress(host, port: self.port) else { throw POSIXError(.EINVAL) }
        return SNMPAgent(address: address, credential: credential)
    }

    /// What `snmpget`, `snmpwalk` or another command of net-snmp prints, by name: type and value.
    func ask(_ command: String, _ names: [OID], options: [String] = []) throws -> [(name: OID, text: String)]
    {
        let printed = try ServerProcess.output(
            of: "/usr/bin/\(command)",
            options + ["-On", "-Ox", "-Oe", "-Ot", "127.0.0.1:\(self.port)"] + names.map { ".\($0)" },
            environment: [
                "SNMPCONFPATH": self.folder.path, "SNMP_PERSISTENT_DIR": self.folder.path, "MIBS": "",
            ]
        )
        var rows: [(name: OID, text: String)] = []
        for line in printed.split(separator: "\n") {
            let parts = line.split(separator: "=", maxSplits: 1)
            if let first = parts.first, parts.count == 2,
                let name = OID(first.trimmingCharacters(in: .whitespaces))
            {
                rows.append((name, parts[1].trimmingCharacters(in: .whitespaces)))
            } else if let last = rows.indices.last {
                rows[last].text += " " + line.trimmingCharacters(in: .whitespaces)
            }
        }
        return rows
    }
}

extension SNMPValue {
    /// The value as net-snmp's commands print it with `-On -Ox -Oe -Ot`.
    var asNetSNMPPrints: String {
        switch self {
        case .integer(let value): "INTEGER: \(value)"
        case .octets(let bytes) where bytes.isEmpty: "\"\""
        case .octets(let bytes):
            "Hex-STRING: " + bytes.map { String(format: "%02X", $0) }.joined(separator: " ")
        case .oid(let name): "OID: .\(name)"
        case .null: "NULL"
        case .ipAddress: "IpAddress: \(self)"
        case .counter32(let value): "Counter32: \(value)"
        case .gauge32(let value): "Gauge32: \(value)"
        case .timeTicks(let value): "\(value)"
        case .opaque(let bytes): "OPAQUE: " + bytes.map { String(format: "%02X", $0) }.joined(separator: " ")
        case .opaqueFloat(let value): "Opaque: Float: " + String(format: "%f", Double(value))
        case .opaqueDouble(let value): "Opaque: Float: " + String(format: "%f", value)
        case .counter64(let value): "Counter64: \(value)"
        case .noSuchObject: "No Such Object available on this agent at this OID"
        case .noSuchInstance: "No Such Instance currently exists at this OID"
        case .endOfMibView: "No more variables left in this MIB View (It is past the end of the MIB tree)"
        case .undecodable: "undecodable"
        }
    }
}
