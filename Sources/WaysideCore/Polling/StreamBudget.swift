/// How much of a gateway, link or recorder our own probes may use at once (探测预算).
public struct StreamBudget: Hashable, Sendable {
    /// Sessions that pass it at once; at least 1.
    public var sessions: Int
    /// What they carry together, in 1 000 bit/s; at least 1. One session is let through whatever it carries.
    public var kilobitsPerSecond: Int64

    /// A budget.
    public init(sessions: Int, kilobitsPerSecond: Int64) {
        (self.sessions, self.kilobitsPerSecond) = (sessions, kilobitsPerSecond)
    }

    /// What is usual for the kind; our own choice, a fraction of what such a box carries for viewers.
    public static func usual(_ kind: Device.Kind) -> StreamBudget {
        switch kind {
        case .recorder: StreamBudget(sessions: 8, kilobitsPerSecond: 32_768)
        case .link: StreamBudget(sessions: 64, kilobitsPerSecond: 131_072)
        default: StreamBudget(sessions: 32, kilobitsPerSecond: 65_536)
        }
    }
}

/// Whose budget is how large (预算表): the device's own, else its kind's, else the usual one.
public struct StreamBudgetTable: Hashable, Sendable {
    /// By kind: recorder, gateway, link.
    public var byKind: [Device.Kind: StreamBudget]
    /// By the device's key.
    public var byDevice: [String: StreamBudget]

    /// A table; with nothing in it everybody has the usual budget.
    public init(byKind: [Device.Kind: StreamBudget] = [:], byDevice: [String: StreamBudget] = [:]) {
        (self.byKind, self.byDevice) = (byKind, byDevice)
    }

    /// The budget of that device.
    public func budget(of passage: StreamPassages.Passage) -> StreamBudget {
        self.byDevice[passage.key] ?? self.byKind[passage.kind] ?? .usual(passage.kind)
    }
}

/// What our probes use of every budget now (预算占用).
struct StreamBudgetUse {
    struct Use: Hashable {
        var passage: StreamPassages.Passage
        var sessions = 0
        var kilobitsPerSecond: Int64 = 0
    }

    let table: StreamBudgetTable
    private(set) var uses: [DeviceID: Use] = [:]

    init(_ table: StreamBudgetTable) { self.table = table }

    /// The first of them that has no room for one more, and what it lacks; `nil` when all have.
    func shortage(_ passages: [StreamPassages.Passage], kilobitsPerSecond: Int64) -> StreamShortage? {
        for passage in passages {
            guard let use = self.uses[passage.device] else { continue }
            let budget = self.table.budget(of: passage)
            if use.sessions >= budget.sessions { return .budget(passage, .sessions) }
            if use.kilobitsPerSecond + kilobitsPerSecond > budget.kilobitsPerSecond {
                return .budget(passage, .bitRate)
            }
        }
        return nil
    }

    /// Whether with these taken every budget is used to no more than that share, in thousandths. Where nobody else is,
    /// there is room: one session is let through whatever it carries, or a narrow link would never be measured.
    func isRoomy(_ passages: [StreamPassages.Passage], kilobitsPerSecond: Int64, thousandths: Int64) -> Bool {
        passages.allSatisfy { passage in
            guard let use = self.uses[passage.device] else { return true }
            let budget = self.table.budget(of: passage)
            let sessions = Int64(use.sessions + 1)
            let carried = use.kilobitsPerSecond + kilobitsPerSecond
            return sessions * 1_000 <= Int64(budget.sessions) * thousandths
                && carried * 1_000 <= budget.kilobitsPerSecond * thousandths
        }
    }

    mutating func take(_ passages: [StreamPassages.Passage], kilobitsPerSecond: Int64) {
        for passage in passages {
            self.uses[passage.device, default: Use(passage: passage)].sessions += 1
            self.uses[passage.device]?.kilobitsPerSecond += kilobitsPerSecond
        }
    }

    mutating func giveBack(_ passages: [StreamPassages.Passage], kilobitsPerSecond: Int64) {
        for passage in passages {
            guard var use = self.uses[passage.device] else { continue }
            use.sessions -= 1
            use.kilobitsPerSecond -= kilobitsPerSecond
            self.uses[passage.device] = use.sessions > 0 ? use : nil
        }
    }
}
