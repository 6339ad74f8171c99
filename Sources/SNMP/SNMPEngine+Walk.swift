extension SNMPEngine {
    /// Reads the subtree under `root` (or `root` itself, when it is an object), one question after another.
    ///
    /// Never throws and never waits beyond its limits: what stopped it short is in `SNMPWalk.cut`.
    public func walk(
        _ root: OID,
        on agent: SNMPAgent,
        limits: WalkLimits = WalkLimits()
    ) async -> SNMPWalk {
        let start = MonotonicTime.read()
        var walk = TableWalk(root: root, limits: limits, knowsGetBulk: agent.access.knowsGetBulk)
        while true {
            let elapsed = Duration.nanoseconds(MonotonicTime.read() - start)
            let deadline = min(limits.deadline, max(.milliseconds(1), limits.duration - elapsed))
            let answer: SNMPAnswer
            switch walk.step {
            case .done(let cut):
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
