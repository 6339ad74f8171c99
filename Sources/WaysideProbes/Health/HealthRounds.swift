public import SNMP
internal import Synchronization
internal import WaysideCore
internal import WaysideDevices

/// Collects the answers of rounds on the engine's thread and hands over whole rounds (采集轮次). It only keeps bindings;
/// what they mean is worked out elsewhere.
public final class HealthRounds: Sendable {
    /// A round that has ended.
    struct Round: Sendable {
        /// The subject's token.
        let token: UInt32
        /// What the agent said to all questions.
        let answers: [VarBind]
        /// Questions that found no answer that can be used.
        let failures: Int
        /// Objects of the answers that the agent does not have any more.
        let missing: Int
    }

    private struct Pending {
        var answers: [VarBind] = []
        var failures = 0
        var missing = 0
    }

    /// Rounds that may wait to be read; of more the oldest are lost, and counted.
    private static let limit = 20_000
    private let pending = Mutex<[UInt32: Pending]>([:])
    private let lost = Mutex<UInt64>(0)
    /// The rounds, to be read by one.
    let rounds: AsyncStream<Round>
    private let source: AsyncStream<Round>.Continuation

    /// For an engine that is yet to be made.
    public init() {
        (self.rounds, self.source) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(Self.limit))
    }

    /// Rounds that were lost because nobody read them in time.
    var lostCount: UInt64 { self.lost.withLock { $0 } }

    /// Takes a reply; the sink of the engine.
    public func take(_ reply: PollReply, _ bytes: RawSpan) {
        let round = self.pending.withLock { pending -> Round? in
            // Taken out and put back, so that growing it copies nothing.
            var own = pending.removeValue(forKey: reply.token) ?? Pending()
            if case .values(let list) = reply.outcome {
                for varBind in list.varBinds(in: bytes) {
                    if varBind.value.isMissing { own.missing += 1 } else { own.answers.append(varBind) }
                }
            } else {
                own.failures += 1
            }
            guard reply.isLast else {
                pending[reply.token] = own
                return nil
            }
            return Round(
                token: reply.token,
                answers: own.answers,
                failures: own.failures,
                missing: own.missing
            )
        }
        guard let round else { return }
        if case .dropped = self.source.yield(round) { self.lost.withLock { $0 += 1 } }
    }

    /// Ends the stream of rounds.
    func finish() { self.source.finish() }
}
