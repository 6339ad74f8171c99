/// What one agent does against its standard.
public struct SNMPAgentDefects: Sendable, Hashable {
    /// Where the agent is.
    public let address: AgentAddress
    /// What it does; never empty.
    public let defects: [SNMPDeviceDefect]
}

extension SNMPEngine {
    /// What is worth keeping of the v3 agents' engines over a restart; empty once the engine is closed.
    public func engineRecords() async -> [EngineRecord] {
        await withCheckedContinuation { self.inbox.inquire(.records($0)) }
    }

    /// Takes up what was kept, so that nobody must be discovered again. What is known by now is better, and stays.
    public func restore(_ records: [EngineRecord]) {
        self.inbox.inquire(.restore(records))
    }

    /// The v3 agents that do something against their standard, which is worked round; empty once the engine is closed.
    public func defects() async -> [SNMPAgentDefects] {
        await withCheckedContinuation { self.inbox.inquire(.defects($0)) }
    }
}
