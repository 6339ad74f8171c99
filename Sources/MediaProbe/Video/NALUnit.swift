/// What the header of a NAL unit tells (H.264, 7.4.1; H.265, 7.4.2.2).
struct NALUnitType: Equatable {
    /// What it is to us.
    enum Role {
        /// A slice of a picture from which decoding can begin.
        case keySlice
        /// A slice of another picture.
        case slice
        case sequenceParameters
        case pictureParameters
        case videoParameters
        case other
    }

    let role: Role

    init(header: UInt8, codec: VideoCodec) {
        switch codec {
        case .h264:
            switch header & 0x1f {
            case 5: self.role = .keySlice
            case 1...4: self.role = .slice
            case 7: self.role = .sequenceParameters
            case 8: self.role = .pictureParameters
            default: self.role = .other
            }
        case .h265:
            switch header >> 1 & 0x3f {
            case 16...21: self.role = .keySlice
            case 0...9: self.role = .slice
            case 32: self.role = .videoParameters
            case 33: self.role = .sequenceParameters
            case 34: self.role = .pictureParameters
            default: self.role = .other
            }
        }
    }
}

/// The parameter sets a decoder needs, as they were last seen.
struct ParameterSets: Equatable {
    private(set) var video: [UInt8]?
    private(set) var sequence: [UInt8]?
    private(set) var picture: [UInt8]?

    /// Keeps a parameter set, NAL header included; everything else is passed over.
    mutating func keep(_ unit: [UInt8], codec: VideoCodec) {
        guard let header = unit.first, unit.count <= 4_096 else { return }
        switch NALUnitType(header: header, codec: codec).role {
        case .videoParameters: self.video = unit
        case .sequenceParameters: self.sequence = unit
        case .pictureParameters: self.picture = unit
        case .keySlice, .slice, .other: break
        }
    }

    /// With start codes, in the order in which a decoder wants them.
    var annexB: [UInt8] {
        [self.video, self.sequence, self.picture].compactMap { $0 }.flatMap { [0, 0, 0, 1] + $0 }
    }
}

/// One coded picture as it came.
struct AccessUnit: Equatable {
    /// In ticks of the stream's clock.
    var timestamp: UInt32
    var isKey = false
    /// Nothing of it is missing.
    var isWhole = true
    var byteCount = 0
    /// When its last byte came.
    var arrivedAt: Instant
    /// With start codes; empty unless it was to be kept.
    var bytes: [UInt8] = []
}
