/// Puts pictures together from RTP payloads: H.264 by RFC 6184 (single, STAP-A, FU-A), H.265 by RFC 7798
/// (single, AP, FU). Packets come in order; gaps are told.
struct PictureAssembly {
    let codec: VideoCodec
    private let keepsKeyFrames: Bool
    private let byteLimit: Int
    private(set) var parameterSets = ParameterSets()

    private var unit: AccessUnit?
    private var hasSlice = false
    /// Whether the picture under way is over by its marker. Some cameras set it on every slice, so that only the next
    /// packet, or silence, tells.
    private var isMarked = false
    /// Whether this camera was seen to do so.
    private var marksSlices = false

    /// How long after its marker a picture is held: the slices of one picture follow each other at once, and every
    /// visit to a camera is as much longer.
    private static let patience = Duration.milliseconds(20)
    /// A fragmented NAL unit has begun and not ended.
    private var isInFragment = false
    /// What its beginning said it is: fragments that say otherwise belong to another unit.
    private var fragmentRole = NALUnitType.Role.other
    /// The parameter set that is coming in fragments.
    private var fragment: [UInt8]?
    /// Whether the picture may lack its beginning: we came in the middle, or packets are missing before it.
    private var isFresh = true

    init(codec: VideoCodec, keepsKeyFrames: Bool, byteLimit: Int) {
        self.codec = codec
        self.keepsKeyFrames = keepsKeyFrames
        self.byteLimit = byteLimit
    }

    /// Parameter sets that came with the description; those in the stream replace them.
    mutating func announce(_ sets: [[UInt8]]) {
        for set in sets { self.parameterSets.keep(set, codec: self.codec) }
    }

    /// Takes one packet's payload and gives the pictures that are known to be over by it.
    mutating func receive(
        _ payload: RawSpan,
        timestamp: UInt32,
        hasMarker: Bool,
        isAfterGap: Bool,
        at arrival: Instant
    ) -> [AccessUnit] {
        var finished: [AccessUnit] = []
        let startsPicture = self.startsPicture(payload)
        if self.isMarked, self.unit?.timestamp != timestamp || startsPicture == true {
            // What is missing may have been its last slice.
            if self.marksSlices, isAfterGap { self.unit?.isWhole = false }
            self.finish(into: &finished)
        } else if self.isMarked, startsPicture == false {
            self.isMarked = false
            self.marksSlices = true
        }
        if isAfterGap {
            self.isFresh = true
            self.isInFragment = false
            self.fragment = nil
            self.unit?.isWhole = false
        }
        if let open = self.unit, open.timestamp != timestamp {
            // Its marker never came; it is whole all the same when nothing was lost.
            if self.isInFragment { self.unit?.isWhole = false }
            self.finish(into: &finished)
            self.isFresh = isAfterGap
        }
        if self.unit == nil {
            self.unit = AccessUnit(timestamp: timestamp, arrivedAt: arrival)
            self.hasSlice = false
        }
        if !self.isMarked { self.unit?.arrivedAt = arrival }
        self.take(payload)
        if hasMarker, self.hasSlice {
            if self.isInFragment { self.unit?.isWhole = false }
            self.isInFragment = false
            self.isMarked = true
        }
        return finished
    }

    /// When the picture that waits for the next packet is over without it; nil when none waits.
    var due: Instant? { self.isMarked ? self.unit.map { $0.arrivedAt + Self.patience } : nil }

    /// The picture that has waited long enough by then.
    mutating func release(at now: Instant) -> AccessUnit? {
        guard let due = self.due, due <= now else { return nil }
        return self.flush()
    }

    /// The picture that waits: nothing more will come.
    mutating func flush() -> AccessUnit? {
        guard self.isMarked else { return nil }
        var finished: [AccessUnit] = []
        self.finish(into: &finished)
        return finished.first
    }

    /// Whether the first slice in a payload starts a picture; nil when there is none, as parameter sets may be repeated
    /// before every slice.
    private func startsPicture(_ payload: RawSpan) -> Bool? {
        let headerSize = self.codec == .h264 ? 1 : 2
        guard payload.byteCount > headerSize else { return nil }
        let first = payload.byte(0)
        switch (self.codec, self.codec == .h264 ? first & 0x1f : first >> 1 & 0x3f) {
        case (.h264, 24), (.h265, 48):
            var place = headerSize
            while payload.byteCount >= place + 2 {
                let length = Int(payload.sixteen(place))
                guard length > 0, payload.byteCount >= place + 2 + length else { return nil }
                let unit = payload.extracting((place + 2)..<(place + 2 + length))
                if let answer = self.startsPicture(unit, header: unit.byte(0), content: headerSize) {
                    return answer
                }
                place += 2 + length
            }
            return nil
        case (.h264, 28), (.h265, 49):
            let flags = payload.byte(headerSize)
            let header = self.codec == .h264 ? flags & 0x1f : (flags & 0x3f) << 1
            let answer = self.startsPicture(payload, header: header, content: headerSize + 1)
            // A fragment that is not the first goes on with its unit.
            return answer.map { $0 && flags & 0x80 != 0 }
        default: return self.startsPicture(payload, header: first, content: headerSize)
        }
    }

    /// The same of one unit, whose first bit behind its header says it: its first macroblock is 0, or it says so itself.
    private func startsPicture(_ unit: RawSpan, header: UInt8, content: Int) -> Bool? {
        let role = NALUnitType(header: header, codec: self.codec).role
        guard role == .keySlice || role == .slice, unit.byteCount > content else { return nil }
        return unit.byte(content) & 0x80 != 0
    }

    private mutating func finish(into finished: inout [AccessUnit]) {
        if let unit = self.unit, self.hasSlice { finished.append(unit) }
        self.unit = nil
        self.isMarked = false
        self.isInFragment = false
        self.fragment = nil
        self.isFresh = false
    }

    private mutating func take(_ payload: RawSpan) {
        let headerSize = self.codec == .h264 ? 1 : 2
        guard payload.byteCount > headerSize else { return }
        let first = payload.byte(0)
        let type = self.codec == .h264 ? first & 0x1f : first >> 1 & 0x3f
        switch (self.codec, type) {
        case (.h264, 1...23), (.h265, 0...47): self.takeWhole(payload)
        case (.h264, 24): self.takeAggregate(payload.extracting(1..<payload.byteCount))
        case (.h265, 48): self.takeAggregate(payload.extracting(2..<payload.byteCount))
        case (.h264, 28):
            let second = payload.byte(1)
            let header = [first & 0xe0 | second & 0x1f]
            self.takeFragment(payload.extracting(2..<payload.byteCount), header: header, flags: second)
        case (.h265, 49):
            guard payload.byteCount > 3 else { return }
            let third = payload.byte(2)
            let header = [first & 0x81 | (third & 0x3f) << 1, payload.byte(1)]
            self.takeFragment(payload.extracting(3..<payload.byteCount), header: header, flags: third)
        default: self.unit?.isWhole = false  // Interleaved modes that no camera uses.
        }
    }

    private mutating func takeAggregate(_ bytes: RawSpan) {
        var start = 0
        while bytes.byteCount >= start + 2 {
            let length = Int(bytes.sixteen(start))
            guard length > 0, bytes.byteCount >= start + 2 + length else {
                self.unit?.isWhole = false
                return
            }
            self.takeWhole(bytes.extracting((start + 2)..<(start + 2 + length)))
            start += 2 + length
        }
    }

    private mutating func takeWhole(_ unit: RawSpan) {
        let headerSize = self.codec == .h264 ? 1 : 2
        guard unit.byteCount > headerSize else { return }
        if self.isInFragment {
            self.isInFragment = false
            self.unit?.isWhole = false
        }
        let role = NALUnitType(header: unit.byte(0), codec: self.codec).role
        self.note(role, startsPicture: unit.byte(headerSize) & 0x80 != 0)
        switch role {
        case .sequenceParameters, .pictureParameters, .videoParameters:
            self.parameterSets.keep(unit.withUnsafeBytes { Array($0) }, codec: self.codec)
        case .keySlice, .slice, .other: break
        }
        self.count(unit, of: role, opening: [], isStart: true)
    }

    private mutating func takeFragment(_ bytes: RawSpan, header: [UInt8], flags: UInt8) {
        let begins = flags & 0x80 != 0
        let ends = flags & 0x40 != 0
        let role = NALUnitType(header: header[0], codec: self.codec).role
        if begins {
            if self.isInFragment { self.unit?.isWhole = false }
            self.fragmentRole = role
            self.note(role, startsPicture: bytes.byteCount > 0 && bytes.byte(0) & 0x80 != 0)
            switch role {
            case .sequenceParameters, .pictureParameters, .videoParameters: self.fragment = header
            case .keySlice, .slice, .other: self.fragment = nil
            }
        } else if !self.isInFragment || role != self.fragmentRole {
            self.unit?.isWhole = false
            self.note(role, startsPicture: true)
        }
        self.isInFragment = !ends
        self.count(bytes, of: role, opening: begins ? header : [], isStart: begins)
        if let fragment = self.fragment, fragment.count + bytes.byteCount <= 4_096 {
            let whole = fragment + bytes.withUnsafeBytes { Array($0) }
            self.fragment = ends ? nil : whole
            if ends { self.parameterSets.keep(whole, codec: self.codec) }
        } else {
            self.fragment = nil
        }
    }

    /// A slice starts a picture when its first bit is set: its first macroblock is 0, or it says so itself.
    /// Both codecs have it there.
    private mutating func note(_ role: NALUnitType.Role, startsPicture: Bool) {
        guard role == .keySlice || role == .slice else { return }
        if !self.hasSlice {
            self.hasSlice = true
            if self.isFresh, !startsPicture { self.unit?.isWhole = false }
        }
        if role == .keySlice { self.unit?.isKey = true }
    }

    /// Counts the bytes and keeps those of slices: some servers repeat the parameter sets before every slice,
    /// where a decoder would take them for a new picture. The latest ones stand before the kept picture
    /// anyway.
    private mutating func count(_ bytes: RawSpan, of role: NALUnitType.Role, opening: [UInt8], isStart: Bool)
    {
        guard var unit = self.unit else { return }
        self.unit = nil
        defer { self.unit = unit }
        unit.byteCount += bytes.byteCount + opening.count
        if unit.byteCount > self.byteLimit {
            unit.isWhole = false
            unit.bytes = []
            return
        }
        guard self.keepsKeyFrames, role == .keySlice, unit.isWhole else { return }
        if isStart { unit.bytes += [0, 0, 0, 1] }
        unit.bytes += opening
        bytes.withUnsafeBytes { unit.bytes.append(contentsOf: $0) }
    }
}
