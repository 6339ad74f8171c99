/// What opens agents, each different one kept once: thousands of agents share a few communities.
struct AccessTable {
    private var accesses: ContiguousArray<Access> = []
    private var indexOfCredential: [SNMPCredential: UInt32] = [:]

    subscript(index: UInt32) -> Access { self.accesses[Int(index)] }

    /// The index of an agent's access.
    mutating func index(of agent: SNMPAgent) -> UInt32 {
        if let index = self.indexOfCredential[agent.credential] { return index }
        let index = UInt32(self.accesses.count)
        self.accesses.append(agent.access)
        self.indexOfCredential[agent.credential] = index
        return index
    }
}
