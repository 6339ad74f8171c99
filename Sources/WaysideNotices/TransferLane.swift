internal import Transfer
internal import WaysideCore

/// Where a sender's blocking call runs, and how its end becomes an outcome.
struct TransferLane: Sendable {
    let executor: any TaskExecutor

    /// After a refused credential: mail servers lock an account that knocks often.
    static let waitAfterDenialMilliseconds: Int64 = 900_000

    /// Runs the transfer on the lane; a cancelled task stops it, and the notice stays to be sent.
    func run(
        _ transfer:
            @escaping @Sendable (inout TransferSession, TransferCancellation) throws(TransferError) ->
            NoticeOutcome
    ) async -> NoticeOutcome {
        let cancellation = TransferCancellation()
        return await withTaskCancellationHandler {
            await withTaskExecutorPreference(self.executor) {
                await Self.block(cancellation, transfer)
            }
        } onCancel: {
            cancellation.cancel()
        }
    }

    /// `@concurrent`, or it would run where its caller does, lane or no lane.
    @concurrent
    private static func block(
        _ cancellation: TransferCancellation,
        _ transfer:
            @Sendable (inout TransferSession, TransferCancellation) throws(TransferError) -> NoticeOutcome
    ) async -> NoticeOutcome {
        do {
            var session = try TransferSession()
            return try transfer(&session, cancellation)
        } catch {
            return self.outcome(of: error)
        }
    }

    /// What a failed transfer means for the notice.
    ///
    /// Broader than the error's own `isRetriable`: whoever set a wrong password or address may mend it before
    /// the schedule runs out, and a notice is worth waiting for.
    static func outcome(of error: TransferError) -> NoticeOutcome {
        switch error.reason {
        case .invalid: .refused(why: error.description)
        case .denied: .retry(why: error.description, afterMilliseconds: self.waitAfterDenialMilliseconds)
        case .rejected where error.operation == .mail && !error.isRetriable: .refused(why: error.description)
        // It has said yes; how long it then goes on talking does not matter.
        case .tooLarge where error.status.map({ (200..<300).contains($0) }) == true: .delivered
        case .unresolved, .unreachable, .timedOut, .cancelled, .untrusted, .insecure, .interrupted, .tooLarge,
            .rejected, .other:
            .retry(why: error.description, afterMilliseconds: nil)
        }
    }
}
