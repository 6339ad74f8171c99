public import Logging
public import WaysideCore

/// A notice that is due, with the tries before.
public struct OutgoingNotice: Hashable, Sendable {
    /// What is to be told.
    public let notice: Notice
    /// How often it was tried before; 0 or more.
    public let tries: Int

    /// A notice that is due.
    public init(notice: Notice, tries: Int) { (self.notice, self.tries) = (notice, tries) }
}

/// The outbox as the notice service needs it (发件箱).
///
/// Taking a notice only lends it for a while: who dies with it in hand has lost nothing, and the same notice goes out
/// again under the same key.
public struct Outbox: Sendable {
    /// Lends up to so many notices that are due.
    public var take: @Sendable (_ limit: Int) async throws -> [OutgoingNotice]
    /// The receiver has it.
    public var delivered: @Sendable (_ key: String) async throws -> Void
    /// Nobody will ever take it.
    public var refused: @Sendable (_ key: String, _ why: String) async throws -> Void
    /// Later, in so many milliseconds.
    public var postpone: @Sendable (_ key: String, _ milliseconds: Int64, _ why: String) async throws -> Void

    /// An outbox of these four.
    public init(
        take: @escaping @Sendable (_ limit: Int) async throws -> [OutgoingNotice],
        delivered: @escaping @Sendable (_ key: String) async throws -> Void,
        refused: @escaping @Sendable (_ key: String, _ why: String) async throws -> Void,
        postpone:
            @escaping @Sendable (_ key: String, _ milliseconds: Int64, _ why: String) async throws -> Void
    ) {
        (self.take, self.delivered, self.refused, self.postpone) = (take, delivered, refused, postpone)
    }
}

/// Sends what lies in the outbox (通知): at least once, each under its own key, with growing waits between tries.
public struct NoticeService: Sendable {
    /// How many go out side by side; also how many are lent at once.
    public static let side = 8

    private let outbox: Outbox
    private let sender: any NoticeSender
    private let schedule: RetrySchedule
    private let logger: Logger

    /// A service that has sent nothing.
    public init(outbox: Outbox, sender: any NoticeSender, schedule: RetrySchedule, logger: Logger) {
        (self.outbox, self.sender, self.schedule, self.logger) = (outbox, sender, schedule, logger)
    }

    /// Sends everything that is due now.
    public func turn() async throws {
        while true {
            let due = try await self.outbox.take(Self.side)
            if due.isEmpty { return }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for outgoing in due { group.addTask { try await self.send(outgoing) } }
                try await group.waitForAll()
            }
        }
    }

    private func send(_ outgoing: OutgoingNotice) async throws {
        let key = outgoing.notice.key
        switch await self.sender.send(outgoing.notice) {
        case .delivered:
            try await self.outbox.delivered(key)
            self.logger.info("notice delivered", metadata: ["notice": "\(key)"])
        case .refused(let why):
            try await self.outbox.refused(key, why)
            self.logger.warning("notice refused for good", metadata: ["notice": "\(key)", "why": "\(why)"])
        case .retry(let why, let asked):
            let delay = self.schedule.delay(
                afterTries: outgoing.tries + 1,
                key: key,
                askedMilliseconds: asked
            )
            guard let delay else {
                try await self.outbox.refused(key, "given up after \(outgoing.tries + 1) tries: \(why)")
                self.logger.warning("notice given up", metadata: ["notice": "\(key)", "why": "\(why)"])
                return
            }
            try await self.outbox.postpone(key, delay, why)
            self.logger.notice(
                "notice postponed",
                metadata: ["notice": "\(key)", "why": "\(why)", "ms": "\(delay)"]
            )
        }
    }
}
