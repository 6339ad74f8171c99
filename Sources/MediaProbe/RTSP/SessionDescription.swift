/// What a server says about its media (SDP, RFC 8866, formerly RFC 4566); only what a probe needs.
struct SessionDescription: Equatable {
    /// One `m=` section.
    struct Media: Equatable {
        /// `video`, `audio`, `application`, …
        var kind: String
        /// In the order of preference.
        var payloadTypes: [UInt8]
        /// Payload type → encoding name in upper case and clock rate, by `a=rtpmap`.
        var encodings: [UInt8: (name: String, clockRate: Int)] = [:]
        /// Payload type → parameters, names in lower case, by `a=fmtp`.
        var formats: [UInt8: [String: String]] = [:]
        var control: String?
        /// As announced, above 0.01 and at most 1 000.
        var framesPerSecond: Double?

        static func == (one: Media, other: Media) -> Bool {
            one.kind == other.kind && one.payloadTypes == other.payloadTypes && one.formats == other.formats
                && one.control == other.control
        }

        /// The encoding of its first payload type, from the map or from RFC 3551, 6.
        var encoding: (payloadType: UInt8, name: String, clockRate: Int)? {
            guard let type = self.payloadTypes.first else { return nil }
            if let mapped = self.encodings[type] { return (type, mapped.name, mapped.clockRate) }
            switch type {
            case 0: return (type, "PCMU", 8_000)
            case 8: return (type, "PCMA", 8_000)
            case 14: return (type, "MPA", 90_000)
            case 26: return (type, "JPEG", 90_000)
            case 31: return (type, "H261", 90_000)
            case 32: return (type, "MPV", 90_000)
            case 33: return (type, "MP2T", 90_000)
            case 34: return (type, "H263", 90_000)
            default: return nil
            }
        }

        /// The parameter sets that came with the description (RFC 6184, 8.1; RFC 7798, 7.1).
        func parameterSets(_ payloadType: UInt8) -> [[UInt8]] {
            let format = self.formats[payloadType] ?? [:]
            let names = ["sprop-vps", "sprop-sps", "sprop-pps", "sprop-parameter-sets"]
            return names.compactMap { format[$0] }
                .flatMap { $0.split(separator: ",") }
                .prefix(16)
                .compactMap { Base64.bytes($0) }
                .filter { !$0.isEmpty }
        }
    }

    var control: String?
    var media: [Media] = []

    /// How much of a description is read, in bytes. A camera's has one or two kilobytes; a server that sends what the
    /// answer may hold at most would keep a processor busy for 20 ms.
    static let mostBytes = 32_768

    /// Reads what can be read; a line that makes no sense is passed over. At most ``mostBytes``, 1 000 lines and 32
    /// sections.
    init(_ body: [UInt8]) {
        let text = String(decoding: body.prefix(Self.mostBytes), as: UTF8.self)
        let lines = text.split(maxSplits: 1_000, whereSeparator: \.isNewline).prefix(1_000)
        for line in lines {
            guard line.count >= 2, line.dropFirst().first == "=" else { continue }
            let value = line.dropFirst(2)
            switch line.first {
            case "m":
                guard self.media.count < 32 else { return }
                let words = value.split(separator: " ")
                self.media.append(
                    Media(
                        kind: words.first.map { $0.lowercased() } ?? "",
                        payloadTypes: words.dropFirst(3).prefix(32).compactMap { UInt8($0) }
                    )
                )
            case "a": self.read(attribute: value)
            default: continue
            }
        }
    }

    private mutating func read(attribute: Substring) {
        let parts = attribute.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else { return }
        let value = parts[1].drop { $0 == " " }
        let index = self.media.count - 1
        switch (parts[0].lowercased(), index >= 0) {
        case ("control", false): self.control = String(value)
        case ("control", true): self.media[index].control = String(value)
        case ("framerate", true):
            self.media[index].framesPerSecond = Double(value).flatMap {
                // Anything else is no camera's rate, and some of it would overflow once it is turned into a time.
                $0 > 0.01 && $0 <= 1_000 ? $0 : nil
            }
        case ("rtpmap", true):
            let words = value.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let type = UInt8(words[0]) else { return }
            let encoding = words[1].split(separator: "/")
            guard let name = encoding.first else { return }
            let clockRate = encoding.count > 1 ? Int(encoding[1]) ?? 0 : 0
            self.media[index].encodings[type] = (
                String(name.prefix(32)).uppercased(),
                (1...1_000_000_000).contains(clockRate) ? clockRate : 90_000
            )
        case ("fmtp", true):
            let words = value.split(separator: " ", maxSplits: 1)
            guard words.count == 2, let type = UInt8(words[0]) else { return }
            for parameter in words[1].split(separator: ";").prefix(64) {
                let pair = parameter.drop { $0 == " " }.split(
                    separator: "=",
                    maxSplits: 1,
                    omittingEmptySubsequences: false
                )
                guard pair.count == 2 else { continue }
                self.media[index].formats[type, default: [:]][pair[0].lowercased()] = String(
                    pair[1].prefix { $0 != " " }
                )
            }
        default: return
        }
    }
}
