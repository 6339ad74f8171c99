/// How long and how much one probe may take. Every limit is kept by our own clock, whatever the other side
/// does.
public struct MediaLimits: Sendable, Hashable {
    /// The whole probe, leaving included.
    public var total: Duration
    /// Name to address.
    public var resolve: Duration = .seconds(2)
    /// The TCP handshake, all addresses of the name together.
    public var connect: Duration = .seconds(3)
    /// The TLS handshake.
    public var tls: Duration = .seconds(3)
    /// From a request to the end of its answer.
    public var answer: Duration = .seconds(4)
    /// From agreeing to play to the first packet.
    public var firstPacket: Duration = .seconds(4)
    /// From the first packet to the end of the first whole key frame; about three usual key-frame intervals.
    public var firstKeyFrame: Duration = .seconds(12)
    /// Taken off `total` to say goodbye and to be heard, so that no session is left behind; of a short one see
    /// ``farewellShare``.
    public var farewell: Duration = .milliseconds(400)
    /// How long packets are measured; nil stops at the first whole key frame.
    public var window: Duration?
    /// Whether the report carries the first whole key frame.
    public var keepsKeyFrame = false

    /// Head of one answer, in bytes.
    public var headByteCount = 16 << 10
    /// Body of one answer, in bytes.
    public var bodyByteCount = 128 << 10
    /// One playlist, in bytes.
    public var playlistByteCount = 1 << 20
    /// One picture, in bytes; a larger one is not a whole one.
    public var frameByteCount = 8 << 20
    /// Packets of one probe; more end it with what was measured.
    public var packetCount = 200_000

    /// What is really kept back of `total` for the farewell: never more than a quarter of it.
    public var farewellShare: Duration { min(self.farewell, self.total / 4) }

    /// Stops at the first whole key frame.
    public static let availability = MediaLimits(total: .seconds(15))

    /// Measures for a while, 2 to 60 s: rate, loss, jitter, key-frame interval, fluctuation.
    public static func quality(window: Duration = .seconds(5)) -> MediaLimits {
        precondition((Duration.seconds(2)...Duration.seconds(60)).contains(window))
        var limits = MediaLimits.availability
        (limits.total, limits.window) = (window + .seconds(15), window)
        return limits
    }

    /// With a total of at least 100 ms and all else as is usual; whoever gives a probe more than 15 s gives each stage
    /// its share of it.
    public init(total: Duration) {
        precondition(total >= .milliseconds(100))
        self.total = total
        let usual = Duration.seconds(15)
        guard total > usual else { return }
        let share = total / usual
        self.resolve = self.resolve * share
        self.connect = self.connect * share
        self.tls = self.tls * share
        self.answer = self.answer * share
        self.firstPacket = self.firstPacket * share
        self.firstKeyFrame = self.firstKeyFrame * share
    }
}
