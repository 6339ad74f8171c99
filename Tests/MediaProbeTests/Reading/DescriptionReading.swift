@testable import MediaProbe

/// A session description, and the track that a probe would take from it.
struct DescriptionReading: UntrustedReading {
    private let description: SessionDescription
    private let sets: [[UInt8]]
    private let formats: [PictureFormat]

    var understoodCount: Int { self.description.media.count }

    init(_ bytes: [UInt8]) {
        self.description = SessionDescription(bytes)
        self.sets = self.description.media.flatMap { media in
            media.encoding.map { media.parameterSets($0.payloadType) } ?? []
        }
        self.formats = self.sets.flatMap { set in
            [VideoCodec.h264, .h265].compactMap { PictureFormat(parameterSet: set, codec: $0) }
        }
    }

    func brokenProperty() -> String? {
        guard self.description.media.count <= 32 else { return "too many sections" }
        for media in self.description.media {
            guard media.payloadTypes.count <= 32 else { return "too many payload types" }
            if let rate = media.framesPerSecond, !(rate > 0.01 && rate <= 1_000) {
                return "\(rate) pictures a second"
            }
            if let encoding = media.encoding, !(1...1_000_000_000).contains(encoding.clockRate) {
                return "a clock of \(encoding.clockRate) Hz"
            }
            let address = RTSPControl.address(media.control, base: "rtsp://camera/live")
            if address.contains(where: { $0 == " " || $0.isNewline }) {
                return "an address that breaks out of its line"
            }
        }
        guard self.sets.allSatisfy({ !$0.isEmpty }) else { return "an empty parameter set" }
        return self.formats.lazy.compactMap { $0.brokenProperty() }.first
    }
}

extension PictureFormat {
    /// What does not hold of a format; nil when all does.
    func brokenProperty() -> String? {
        guard (1...16_384).contains(self.width), (1...16_384).contains(self.height) else {
            return "a picture of \(self.width) x \(self.height)"
        }
        guard let rate = self.framesPerSecond else { return nil }
        return rate > 0.01 && rate <= 1_000 ? nil : "\(rate) pictures a second"
    }
}
