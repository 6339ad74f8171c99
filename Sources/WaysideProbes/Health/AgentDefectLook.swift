public import SNMP
public import WaysideCore

/// Says which devices' agents do something against their standard (代理缺陷查看): the engine knows agents by address, people
/// know devices.
public struct AgentDefectLook: Sendable {
    private let engine: SNMPEngine
    private let finder: AgentFinder

    /// A look at what this engine has seen of these devices.
    public init(engine: SNMPEngine, book: TargetBook, names: NameCache) {
        self.engine = engine
        self.finder = AgentFinder(book: book, names: names)
    }

    /// The defects since the engine's start, each device and kind once. Of several devices behind one address each has
    /// them.
    public func defects() async -> [AgentDefect] {
        let found = await self.engine.defects()
        guard !found.isEmpty else { return [] }
        var keys: [AgentAddress: [String]] = [:]
        for device in self.finder.book.devices where device.snmpCredential != nil {
            guard case .success(let agent) = await self.finder.agent(of: device, within: .seconds(1)) else {
                continue
            }
            keys[agent.address, default: []].append(device.key)
        }
        return found.flatMap { agent in
            (keys[agent.address] ?? []).flatMap { key in
                agent.defects.map { AgentDefect($0, of: key, keys: keys) }
            }
        }
    }
}

extension AgentDefect {
    fileprivate init(_ defect: SNMPDeviceDefect, of device: String, keys: [AgentAddress: [String]]) {
        var detail = "\(defect.kind)"
        if case .duplicateEngineID(let other) = defect.kind, let twin = keys[other]?.min() {
            detail += " (\(twin))"
        }
        self.init(
            device: device,
            kind: Kind(defect.kind),
            detail: detail,
            firstSeenAt: Timestamp(milliseconds: defect.firstSeenMilliseconds),
            lastSeenAt: Timestamp(milliseconds: defect.lastSeenMilliseconds),
            count: defect.count
        )
    }
}

extension AgentDefect.Kind {
    fileprivate init(_ kind: SNMPDeviceDefect.Kind) {
        self =
            switch kind {
            case .duplicateEngineID: .duplicateEngineID
            case .bootsLowered: .bootsLowered
            case .timeWentBack: .timeWentBack
            case .timeWentAhead: .timeWentAhead
            case .engineIDChanged: .engineIDChanged
            case .reportsUnauthenticated: .reportsUnsigned
            case .bootsExhausted: .bootsExhausted
            }
    }
}
