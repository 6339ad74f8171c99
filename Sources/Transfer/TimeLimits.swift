/// The two deadlines of one transfer, both counted from its start.
///
/// They hold to within some milliseconds; to within about a second where only a mail server's good-bye is
/// missing.
public struct TimeLimits: Sendable, Hashable {
    /// Until name, connection and TLS stand.
    public let connect: Duration
    /// Until everything is done, the name's resolution included.
    public let total: Duration

    /// Each from 1 ms to 1 h; outside is a mistake of the program.
    public init(connect: Duration, total: Duration) {
        let range = Duration.milliseconds(1)...Duration.seconds(3600)
        precondition(range.contains(connect), "the connect limit is 1 ms to 1 h")
        precondition(range.contains(total), "the total limit is 1 ms to 1 h")
        self.connect = connect
        self.total = total
    }

    /// 5 s to connect, 15 s in all: an HTTP request.
    public static let request = TimeLimits(connect: .seconds(5), total: .seconds(15))
    /// 10 s to connect, 60 s in all: mail servers like to let a stranger wait.
    public static let mail = TimeLimits(connect: .seconds(10), total: .seconds(60))
}

extension Duration {
    /// Whole milliseconds, cut up, so that a positive span never becomes curl's 0, which means *for ever*.
    var millisecondsUp: Int {
        let (seconds, attoseconds) = self.components
        let perMillisecond: Int64 = 1_000_000_000_000_000
        return Int(seconds) * 1000 + Int((attoseconds + perMillisecond - 1) / perMillisecond)
    }
}
