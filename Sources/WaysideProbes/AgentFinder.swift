internal import SNMP
internal import WaysideCore

/// Finds the agent of a device: its address, its port and what opens it.
struct AgentFinder: Sendable {
    /// Why there is none to ask.
    enum Missing: Error {
        /// The inventory or the credentials do not say; in words.
        case misconfigured(String)
        /// Its name has no address now.
        case name(NameCache.Failure)
    }

    let book: TargetBook
    let names: NameCache

    /// The agent. The port is 161, unless the address has one and reach is not asked of the device: then a port in the
    /// address can only mean the agent's.
    func agent(of device: Device?, within limit: Duration) async -> Result<SNMPAgent, Missing> {
        guard let device, let place = device.address.flatMap(HostPort.init) else {
            return .failure(.misconfigured("no address"))
        }
        guard let name = device.snmpCredential, let credential = self.book.credentials.snmp[name] else {
            return .failure(.misconfigured("no such SNMP credential"))
        }
        let port = device.checks.contains(.reach) ? nil : place.port
        switch await self.names.address(of: place.host, within: limit) {
        case .failure(let failure): return .failure(.name(failure))
        case .success(let host):
            guard let address = AgentAddress(host.description, port: port ?? SNMPAgent.standardPort) else {
                return .failure(.misconfigured("no usable address"))
            }
            return .success(SNMPAgent(address: address, credential: credential))
        }
    }
}
