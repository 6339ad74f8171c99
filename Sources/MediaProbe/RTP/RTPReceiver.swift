/// Everything that one picture stream tells by its packets. A machine: it is handed bytes and moments.
struct RTPReceiver {
    private let payloadType: UInt8
    private let isOrdered: Bool
    private var source: UInt32?
    private var foreignCount = 0
    private(set) var reception: RTPReception
    private(set) var gauge: MediaGauge
    private var assembly: PictureAssembly
    private var reordering = ReorderBuffer()
    private(set) var packetCount = 0
    private(set) var firstPacketAt: Instant?
    private(set) var lastPacketAt: Instant?
    /// The first whole key frame.
    private(set) var firstKeyFrame: AccessUnit?
    private(set) var clock: MediaReport.CameraClock?

    /// Ordered are packets that come over a connection.
    init(codec: VideoCodec, payloadType: UInt8, clockRate: Int, isOrdered: Bool, limits: MediaLimits) {
        self.payloadType = payloadType
        self.isOrdered = isOrdered
        self.reception = RTPReception(clockRate: clockRate)
        self.gauge = MediaGauge(clockRate: clockRate)
        self.assembly = PictureAssembly(
            codec: codec,
            keepsKeyFrames: limits.keepsKeyFrame,
            byteLimit: limits.frameByteCount
        )
    }

    /// Parameter sets that came with the description.
    mutating func announce(_ sets: [[UInt8]]) {
        self.assembly.announce(sets)
    }

    var codec: VideoCodec { self.assembly.codec }
    var parameterSets: ParameterSets { self.assembly.parameterSets }

    /// Whether there is a key frame and what a decoder needs to show it.
    var hasPicture: Bool { self.firstKeyFrame != nil && self.parameterSets.sequence != nil }

    /// Takes an RTP packet; what is none, or of another payload type, is passed over.
    mutating func receive(packet bytes: RawSpan, at arrival: Instant) {
        guard let header = RTPHeader(bytes), header.payloadType == self.payloadType else { return }
        guard self.accepts(header.source) else { return }
        self.packetCount += 1
        self.firstPacketAt = self.firstPacketAt ?? arrival
        self.lastPacketAt = arrival
        let kind = self.reception.receive(sequence: header.sequence, timestamp: header.timestamp, at: arrival)
        switch kind {
        case .duplicate, .stranger: return
        case .restart: self.reordering.reset()
        case .newest, .late: break
        }
        if self.isOrdered {
            guard kind != .late else { return }
            var isAfterGap = kind == .restart
            if case .newest(let gap) = kind { isAfterGap = gap > 0 }
            self.assemble(header, bytes.extracting(header.payload), isAfterGap: isAfterGap, at: arrival)
        } else if self.reordering.isInOrder(header.sequence) {
            self.reordering.pass(header.sequence)
            let isAfterGap = kind == .restart
            self.assemble(header, bytes.extracting(header.payload), isAfterGap: isAfterGap, at: arrival)
        } else {
            let copy = bytes.extracting(header.payload).withUnsafeBytes { Array($0) }
            let packet = ReorderBuffer.Packet(header: header, bytes: copy, arrival: arrival)
            self.assemble(self.reordering.insert(packet))
        }
    }

    /// When it wants to be told the time; nil when nothing waits for it.
    var due: Instant? {
        guard let gap = self.reordering.due else { return self.assembly.due }
        return self.assembly.due.map { min($0, gap) } ?? gap
    }

    /// Takes note of the time, once all that has come was handed over: what was waited for too long is given up.
    mutating func advance(to now: Instant) {
        self.assemble(self.reordering.release(at: now))
        if let picture = self.assembly.release(at: now) { self.keep(picture) }
    }

    /// Nothing more will come: what is held back is taken as it is.
    mutating func finish() {
        self.assemble(self.reordering.flush())
        if let picture = self.assembly.flush() { self.keep(picture) }
    }

    /// Takes an RTCP packet, and our own wall clock in milliseconds since 1970.
    mutating func receive(report bytes: RawSpan, wall: Int64) {
        guard let report = SenderReport(compound: bytes) else { return }
        self.clock = MediaReport.CameraClock(
            unixMilliseconds: report.unixMilliseconds,
            aheadMilliseconds: report.unixMilliseconds - wall
        )
    }

    /// One source is listened to; another takes its place only when it goes on for three packets.
    private mutating func accepts(_ source: UInt32) -> Bool {
        if self.source == source {
            self.foreignCount = 0
            return true
        }
        self.foreignCount += 1
        guard self.source == nil || self.foreignCount >= 3 else { return false }
        self.source = source
        self.foreignCount = 0
        return true
    }

    private mutating func assemble(_ packets: [(packet: ReorderBuffer.Packet, isAfterGap: Bool)]) {
        for (packet, isAfterGap) in packets {
            self.assemble(packet.header, packet.bytes.span.bytes, isAfterGap: isAfterGap, at: packet.arrival)
        }
    }

    private mutating func assemble(
        _ header: RTPHeader,
        _ payload: RawSpan,
        isAfterGap: Bool,
        at arrival: Instant
    ) {
        let pictures = self.assembly.receive(
            payload,
            timestamp: header.timestamp,
            hasMarker: header.hasMarker,
            isAfterGap: isAfterGap,
            at: arrival
        )
        for picture in pictures { self.keep(picture) }
    }

    private mutating func keep(_ picture: AccessUnit) {
        self.gauge.receive(picture)
        if picture.isKey, picture.isWhole, self.firstKeyFrame == nil { self.firstKeyFrame = picture }
    }
}
