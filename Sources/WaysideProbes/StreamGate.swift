internal import Synchronization
internal import WaysideCore

/// Where probes of streams wait until they may set out (候探): the shell around ``StreamCourtesy``. It owns the queue and
/// reads the clock; who may go is not its decision.
final class StreamGate: Sendable {
    /// What became of a call.
    enum Answer {
        /// It may be asked; the permit must be given back.
        case go(StreamPermit)
        /// Nothing was free in time.
        case turnedAway(StreamShortage)
        /// It is left alone in this turn.
        case spared(StreamSparing)
        /// Whoever waited was told to stop.
        case cancelled
    }

    private struct Waiting {
        var ticket: UInt64
        var call: StreamCall
        var shortage: StreamShortage
        var continuation: CheckedContinuation<Answer, Never>
    }

    private struct State {
        var courtesy: StreamCourtesy
        /// In the order in which they came.
        var waiting: [Waiting] = []
        var lastTicket: UInt64 = 0
        /// Those that are about to wait, and whether their time was over before they did.
        var coming: [UInt64: Bool] = [:]
        var turnedAway: UInt64 = 0
    }

    /// The machine's time: never runs backwards, and is compared with itself only.
    typealias Time = @Sendable () -> Timestamp

    private let state: Mutex<State>
    private let time: Time

    init(settings: CourtesySettings, time: Time? = nil) {
        self.state = Mutex(State(courtesy: StreamCourtesy(settings: settings)))
        self.time = time ?? Self.sinceNow()
    }

    private var now: Timestamp { self.time() }

    private static func sinceNow() -> Time {
        let start = ContinuousClock.now
        return {
            let (seconds, attoseconds) = (ContinuousClock.now - start).components
            return Timestamp(milliseconds: seconds * 1_000 + attoseconds / 1_000_000_000_000_000)
        }
    }

    var settings: CourtesySettings { self.state.withLock { $0.courtesy.settings } }

    /// Waits for leave at most that long.
    func enter(_ call: StreamCall, within limit: Duration) async -> Answer {
        let (ticket, answer) = self.state.withLock { state -> (UInt64, Answer?) in
            state.lastTicket += 1
            switch self.admit(call, &state) {
            case .go(let permit): return (state.lastTicket, .go(permit))
            case .spare(let sparing): return (state.lastTicket, .spared(sparing))
            case .wait:
                state.coming[state.lastTicket] = false
                return (state.lastTicket, nil)
            }
        }
        if let answer { return answer }
        return await withTaskGroup(of: Void.self, returning: Answer.self) { group in
            group.addTask {
                // Ends early only when the answer is there, or when nobody wants one any more.
                try? await Task.sleep(for: limit)
                self.stopWaiting(ticket)
            }
            let answer = await self.wait(call, ticket)
            group.cancelAll()
            return answer
        }
    }

    /// Gives leave back, and lets in who can go now. Answers what of the window is not in order.
    func leave(_ permit: StreamPermit, cause: Cause?, measure: StreamMeasure?) -> StreamFault? {
        let (fault, answered) = self.state.withLock { state in
            let fault = state.courtesy.leave(permit, cause: cause, measure: measure, now: self.now)
            return (fault, self.letIn(&state))
        }
        for (continuation, answer) in answered { continuation.resume(returning: answer) }
        return fault
    }

    /// Sessions under way.
    var sessions: Int { self.state.withLock { $0.courtesy.sessions } }

    /// How near everything is to its limit.
    var load: StreamLoad {
        self.state.withLock { state in
            var load = state.courtesy.load
            (load.waiting, load.turnedAway) = (state.waiting.count, state.turnedAway)
            return load
        }
    }

    private func admit(_ call: StreamCall, _ state: inout State) -> StreamAdmission {
        var before = Queue()
        for waiting in state.waiting { before.append(waiting.shortage) }
        return before.shortage(of: call).map { .wait($0) } ?? state.courtesy.admit(call, now: self.now)
    }

    /// Whoever waits for the same narrow place came first: many small ones must not starve a large one.
    private struct Queue {
        private var first: [DeviceID: StreamShortage] = [:]

        mutating func append(_ shortage: StreamShortage) {
            guard case .budget(let passage, _) = shortage, self.first[passage.device] == nil else { return }
            self.first[passage.device] = shortage
        }

        func shortage(of call: StreamCall) -> StreamShortage? {
            guard call.track.hop == .direct, !self.first.isEmpty else { return nil }
            return call.passages.lazy.compactMap { self.first[$0.device] }.first
        }
    }

    private func wait(_ call: StreamCall, _ ticket: UInt64) async -> Answer {
        await withCheckedContinuation { continuation in
            let answer = self.state.withLock { state -> Answer? in
                let isOver = state.coming.removeValue(forKey: ticket) ?? true
                // Something may have become free since it asked.
                switch self.admit(call, &state) {
                case .go(let permit): return .go(permit)
                case .spare(let sparing): return .spared(sparing)
                case .wait(let shortage):
                    if isOver { return self.stopped(shortage, &state) }
                    state.waiting.append(
                        Waiting(ticket: ticket, call: call, shortage: shortage, continuation: continuation)
                    )
                    return nil
                }
            }
            if let answer { continuation.resume(returning: answer) }
        }
    }

    private func stopWaiting(_ ticket: UInt64) {
        let answered = self.state.withLock { state -> [(CheckedContinuation<Answer, Never>, Answer)] in
            if state.coming[ticket] != nil { state.coming[ticket] = true }
            guard let index = state.waiting.firstIndex(where: { $0.ticket == ticket }) else { return [] }
            let waiting = state.waiting.remove(at: index)
            let answer = self.stopped(waiting.shortage, &state)
            // Who waited only behind it may have room.
            return [(waiting.continuation, answer)] + self.letIn(&state)
        }
        for (continuation, answer) in answered { continuation.resume(returning: answer) }
    }

    private func stopped(_ shortage: StreamShortage, _ state: inout State) -> Answer {
        if Task.isCancelled { return .cancelled }
        state.turnedAway += 1
        return .turnedAway(shortage)
    }

    private func letIn(_ state: inout State) -> [(CheckedContinuation<Answer, Never>, Answer)] {
        var answered: [(CheckedContinuation<Answer, Never>, Answer)] = []
        var (still, before) = ([Waiting](), Queue())
        for var waiting in state.waiting {
            let shortage = before.shortage(of: waiting.call)
            switch shortage.map({ .wait($0) }) ?? state.courtesy.admit(waiting.call, now: self.now) {
            case .go(let permit): answered.append((waiting.continuation, .go(permit)))
            case .spare(let sparing): answered.append((waiting.continuation, .spared(sparing)))
            case .wait(let shortage):
                waiting.shortage = shortage
                before.append(shortage)
                still.append(waiting)
            }
        }
        state.waiting = still
        return answered
    }
}
