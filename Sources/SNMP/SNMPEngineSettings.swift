/// How an engine asks.
public struct SNMPEngineSettings: Sendable, Hashable {
    /// The time a question may take in all, retries included, unless it brings its own; default 5 s, more
    /// than 0 and at most 1 h.
    public var deadline: Duration = .seconds(5)
    /// How often a question is sent at most; default 3, range 1...8.
    public var attempts: Int = 3
    /// The wait for an answer before the second sending, doubled for each one after; default 1 s, range
    /// 10 ms...60 s. Shortened where the deadline would leave no room for all attempts.
    public var retryAfter: Duration = .seconds(1)
    /// Questions outstanding at once; default and most 65 536, at least 1. Beyond it: `.overloaded`.
    public var window: Int = 65_536
    /// Datagrams a second at most; default 20 000, range 1...1 000 000.
    public var sendsPerSecond: Int = 20_000
    /// Datagrams that may leave at once after a pause; default 128, range 1...65 536. Small enough that one
    /// agent that is asked everything at once does not lose half of it.
    public var sendBurst: Int = 128
    /// Rounds under way at once; default 4 096, range 1...32 768. The next wait for a place.
    public var roundWindow: Int = 4_096
    /// Rounds under way at once to agents that did not answer the last ones; default 1 024, range 1...16 384.
    public var silentWindow: Int = 1_024
    /// The longest interval that doubling gives a silent agent; default 10 min, range 1 s...1 d. One whose own interval
    /// is longer keeps that.
    public var mostBackOff: Duration = .seconds(600)
    /// The receive buffer of each socket in bytes; default 8 MiB, range 64 KiB...1 GiB. Without the right to
    /// exceed it, the system's own limit (`net.core.rmem_max`) holds.
    public var receiveBufferBytes: Int = 8 << 20

    /// The defaults.
    public init() {}

    /// Throws, naming the setting, where a value lies outside its range.
    func check() throws(SNMPError) {
        func demand(_ holds: Bool, _ setting: String, _ range: String) throws(SNMPError) {
            guard holds else { throw SNMPError(.settings, setting, "must be \(range)") }
        }
        try demand(self.deadline > .zero && self.deadline <= .seconds(3_600), "deadline", "in 0 s...1 h")
        try demand((1...8).contains(self.attempts), "attempts", "in 1...8")
        try demand(
            self.retryAfter >= .milliseconds(10) && self.retryAfter <= .seconds(60),
            "retryAfter",
            "in 10 ms...60 s"
        )
        try demand((1...RequestTable<Never>.mostSlots).contains(self.window), "window", "in 1...65536")
        try demand((1...1_000_000).contains(self.sendsPerSecond), "sendsPerSecond", "in 1...1000000")
        try demand((1...65_536).contains(self.sendBurst), "sendBurst", "in 1...65536")
        try demand((1...32_768).contains(self.roundWindow), "roundWindow", "in 1...32768")
        try demand((1...16_384).contains(self.silentWindow), "silentWindow", "in 1...16384")
        try demand(
            self.mostBackOff >= .seconds(1) && self.mostBackOff <= .seconds(86_400),
            "mostBackOff",
            "in 1 s...1 d"
        )
        try demand(
            (65_536...1 << 30).contains(self.receiveBufferBytes),
            "receiveBufferBytes",
            "in 65536...1073741824"
        )
    }
}
