/// How the question whether a host is there ended.
enum ReachAnswer: Hashable, Sendable {
    /// It answered; `port` is 0 for ICMP. `roundTrip` is of the try that was answered, `tries` counts from 1.
    case answered(port: UInt16, roundTrip: Duration, tries: Int)
    /// It refused a connection to that port, and accepted none.
    case refused(port: UInt16, roundTrip: Duration)
    /// Nothing by the deadline.
    case silent(tries: Int)
    /// Somebody on the way, or our own machine on its behalf, said that it is not to be reached.
    case unreachable(String)
    /// This machine has no way to send there; the system's words.
    case noRoute(String)
    /// This machine has no descriptor or buffer left; the system's words.
    case exhausted(String)
    /// We were told to stop.
    case closed
}

/// How a host is asked.
enum ReachMethod: Hashable, Sendable {
    /// ICMP echo, sent up to three times.
    case echo
    /// TCP connections to these ports, all at once.
    case connect([UInt16])
}

/// One host that is being asked, as the loop sees it: what was sent, what came back, what follows. Pure; times are
/// nanoseconds of the monotonic clock.
struct ReachRequest {
    /// Tries of an echo, at these shares of the time allowed.
    static let tryAt: [Double] = [0, 0.25, 0.55]
    /// After one port has refused, the others have this long to accept.
    static let graceNanoseconds: Int64 = 250_000_000

    let host: HostAddress
    let method: ReachMethod
    let began: Int64
    private(set) var deadline: Int64
    private let allowed: Int64
    private var sentAt: [Int64] = []
    private var undelivered = 0
    private var openPorts = 0
    private var refusal: ReachAnswer?
    private var trouble: ReachAnswer?

    init(_ host: HostAddress, _ method: ReachMethod, now: Int64, allowed: Int64) {
        (self.host, self.method, self.began, self.allowed) = (host, method, now, allowed)
        self.deadline = now + allowed
    }

    /// The number of the try that is due, from 0; `nil` when none is.
    func dueTry(now: Int64) -> Int? {
        guard case .echo = self.method, self.sentAt.count < Self.tryAt.count else { return nil }
        return now >= self.tryTime(self.sentAt.count) ? self.sentAt.count : nil
    }

    /// When something is due by itself.
    var nextTime: Int64 {
        guard case .echo = self.method, self.sentAt.count < Self.tryAt.count else { return self.deadline }
        return min(self.deadline, self.tryTime(self.sentAt.count))
    }

    private func tryTime(_ number: Int) -> Int64 {
        self.began + Int64(Double(self.allowed) * Self.tryAt[number])
    }

    /// A try left; `error` is the system's number when it could not.
    mutating func sent(now: Int64, error: Int32, words: String, isOwnFault: Bool) -> ReachAnswer? {
        self.sentAt.append(now)
        guard error != 0 else { return nil }
        self.trouble = isOwnFault ? .exhausted(words) : .noRoute(words)
        self.undelivered += 1
        return self.undelivered == Self.tryAt.count ? self.trouble : nil
    }

    /// The answer to a try came.
    func replied(to number: Int, now: Int64) -> ReachAnswer? {
        guard self.sentAt.indices.contains(number) else { return nil }
        return .answered(
            port: 0,
            roundTrip: .nanoseconds(now - self.sentAt[number]),
            tries: number + 1
        )
    }

    /// Somebody could not deliver a try. One such word may be a hiccup; all tries are not.
    mutating func notDelivered() -> ReachAnswer? {
        self.undelivered += 1
        self.trouble = .unreachable("not delivered (ICMP)")
        return self.undelivered >= Self.tryAt.count ? self.trouble : nil
    }

    /// A connection is under way.
    mutating func opened() { self.openPorts += 1 }

    /// A connection ended; `error` is 0 when it was accepted.
    mutating func ended(_ port: UInt16, error: ConnectEnd, now: Int64) -> ReachAnswer? {
        self.openPorts -= 1
        let roundTrip = Duration.nanoseconds(now - self.began)
        switch error {
        case .accepted: return .answered(port: port, roundTrip: roundTrip, tries: 1)
        case .refused:
            self.refusal = self.refusal ?? .refused(port: port, roundTrip: roundTrip)
            self.deadline = min(self.deadline, now + Self.graceNanoseconds)
        case .unreachable(let words): self.trouble = .unreachable(words)
        case .noRoute(let words): self.trouble = .noRoute(words)
        case .exhausted(let words): self.trouble = .exhausted(words)
        }
        return self.openPorts == 0 ? self.atDeadline : nil
    }

    /// What follows when nothing more comes. Silence on one try weighs as much as a word on another, but the word
    /// says more.
    var atDeadline: ReachAnswer { self.refusal ?? self.trouble ?? .silent(tries: max(1, self.sentAt.count)) }
}

/// How an attempt to connect ended.
enum ConnectEnd: Hashable {
    case accepted, refused
    case unreachable(String), noRoute(String), exhausted(String)
}
