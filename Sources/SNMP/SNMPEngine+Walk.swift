extension SNMPEngine {
    /// Reads the subtree under `root` (or `root` itself, when it is an object), one question after another.
    ///
    /// Begins with as many rows a question as the agent could stand in its walks before.
    ///
    /// Never throws and never waits beyond its limits: what stopped it short is in `SNMPWalk.cut`.
    public func walk(
        _ root: OID,
        on agent: SNMPAgent,
        limits: WalkLimits = WalkLimits()
    ) async -> SNMPWalk {
        let start = MonotonicTime.read()
        let wanted = limits.repetitions
        var limits = limits
        limits.repetitions = self.walkMemory.repetitions(for: agent.address, wanted: wanted)
        var walk = TableWalk(root: root, limits: limits, knowsGetBulk: agent.head?.version != 0)
        while true {
            let elapsed = Duration.nanoseconds(MonotonicTime.read() - start)
            let deadline = min(limits.deadline, max(.milliseconds(1), limits.duration - elapsed))
            let answer: SNMPAnswer
            switch walk.step {
            case .done(let cut):
                // An agent that is not there has taught nothing.
                if !walk.rows.isEmpty, agent.head?.version != 0 {
                    self.walkMemory.note(
                        walk.repetitions,
                        of: agent.address,
                        began: limits.repetitions,
                        wanted: wanted
                    )
                }
                return SNMPWalk(
                    root: root,
                    rows: walk.rows,
                    cut: cut,
                    questions: walk.questions,
                    repetitions: walk.repetitions,
                    took: elapsed
                )
            case .askRoot:
                answer = await self.get([root], from: agent, deadline: deadline)
            case .ask(let name, let repetitions):
                answer = await self.send(.next(name, repetitions), to: agent, deadline: deadline)
            }
            walk.receive(answer, elapsed: .nanoseconds(MonotonicTime.read() - start))
        }
    }
}
