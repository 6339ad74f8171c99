internal import Synchronization

/// A change of what is asked again and again.
enum SubjectChange: Sendable {
    case add(PollSubject)
    case remove(UInt32)
    case hasten(UInt32)
}

/// What somebody wants to know of an agent.
final class Question: Sendable {
    let template: PollTemplate
    let address: AgentAddress
    let access: Access
    let limit: Duration
    /// The live request-id, kept by the engine's thread; `noID` before and after.
    let requestID = Atomic<UInt32>(Question.noID)
    /// Set once, by whoever calls the question off.
    let isCancelled = Atomic<Bool>(false)

    /// No request-id: those have 31 bits.
    static let noID = UInt32.max

    init(template: PollTemplate, address: AgentAddress, access: Access, limit: Duration) {
        self.template = template
        self.address = address
        self.access = access
        self.limit = limit
    }
}

/// A question with the caller who waits for its answer.
struct Ask: Sendable {
    let question: Question
    let askedAt: MonotonicTime
    let continuation: CheckedContinuation<SNMPAnswer, Never>
}

/// Where callers leave questions for the engine's thread. The only thing that both sides touch.
final class Inbox: Sendable {
    /// What the engine's thread takes out in one go.
    struct Delivery {
        var asks: [Ask] = []
        var cancelled: [Question] = []
        var changes: [SubjectChange] = []
        var isClosing = false

        var isEmpty: Bool { self.asks.isEmpty && self.cancelled.isEmpty && self.changes.isEmpty }
    }

    private struct State {
        var delivery = Delivery()
        var closers: [CheckedContinuation<Void, Never>] = []
        var counters = SNMPEngineCounters()
        /// `nil` once the engine's thread has ended and its descriptors are gone.
        var waker: UDPPort.Waker?
    }

    private let state: Mutex<State>

    init(waker: UDPPort.Waker) {
        self.state = Mutex(State(waker: waker))
    }

    /// Leaves a question; it is answered at once when the engine is closed.
    func ask(_ ask: Ask) {
        let isTaken = self.state.withLock { state in
            guard let waker = state.waker, !state.delivery.isClosing else { return false }
            // One wake-up empties the box, however many questions are in it by then. Under the lock, because
            // the descriptor may belong to somebody else once the thread has ended.
            if state.delivery.isEmpty { waker.wake() }
            state.delivery.asks.append(ask)
            return true
        }
        if !isTaken { ask.continuation.resume(returning: .engineClosed) }
    }

    /// Leaves changes of the subjects; nothing happens when the engine is closed.
    func change(_ changes: [SubjectChange]) {
        self.state.withLock { state in
            guard let waker = state.waker, !state.delivery.isClosing else { return }
            if state.delivery.isEmpty { waker.wake() }
            state.delivery.changes += changes
        }
    }

    /// Calls a question off.
    func cancel(_ question: Question) {
        question.isCancelled.store(true, ordering: .releasing)
        self.state.withLock { state in
            guard let waker = state.waker else { return }
            state.delivery.cancelled.append(question)
            waker.wake()
        }
    }

    /// Asks the thread to end; `closer`, if any, goes on when it has.
    func close(_ closer: CheckedContinuation<Void, Never>?) {
        let isOver = self.state.withLock { state in
            guard let waker = state.waker else { return true }
            if let closer { state.closers.append(closer) }
            state.delivery.isClosing = true
            waker.wake()
            return false
        }
        if isOver { closer?.resume() }
    }

    /// Takes everything out. The engine's thread only.
    func empty() -> Delivery {
        self.state.withLock { state in
            defer {
                state.delivery.asks = []
                state.delivery.cancelled = []
                state.delivery.changes = []
            }
            return state.delivery
        }
    }

    /// Says that the thread is about to let its descriptors go. Questions that came in meanwhile are
    /// returned.
    func end(counters: SNMPEngineCounters) -> Delivery {
        self.state.withLock { state in
            state.waker = nil
            state.counters = counters
            defer { state.delivery = Delivery(isClosing: true) }
            return state.delivery
        }
    }

    /// Lets everybody go who waits for the end. The last thing the engine's thread does.
    func releaseClosers() {
        let closers = self.state.withLock { state in
            defer { state.closers = [] }
            return state.closers
        }
        for closer in closers { closer.resume() }
    }

    /// Leaves the counters for whoever asks. The engine's thread only.
    func publish(_ counters: SNMPEngineCounters) {
        self.state.withLock { $0.counters = counters }
    }

    var counters: SNMPEngineCounters { self.state.withLock { $0.counters } }
}
