/// Why a probe ends before it has a picture.
struct ProbeFailure: Error {
    var cause: MediaCause
    var detail: String?
    /// Where it stopped, when that is not the stage under way.
    var stage: MediaStage?
}

/// The time line of one probe.
struct ProbeLog {
    private(set) var stages: [MediaReport.StageTime] = []
    private(set) var current: (stage: MediaStage, since: Instant)?

    /// Ends the stage under way and begins the next.
    mutating func begin(_ stage: MediaStage, at now: Instant) {
        self.end(at: now)
        self.current = (stage, now)
    }

    /// The stage under way turned out to be another.
    mutating func rename(as name: MediaStage) {
        if let current = self.current { self.current = (name, current.since) }
    }

    /// Ends the stage under way, under another name when it turned out to be another.
    mutating func end(as name: MediaStage? = nil, at now: Instant) {
        guard let current = self.current else { return }
        let took = max(now - current.since, .zero)
        self.stages.append(MediaReport.StageTime(stage: name ?? current.stage, took: took))
        self.current = nil
    }

    /// What it means in the stage under way that bytes are not what they should be: once media flows, a broken stream
    /// is judged by the media that came.
    func failure(_ error: StreamSyntaxError) -> ProbeFailure {
        let isMedia = self.current?.stage == .firstKeyFrame
        return ProbeFailure(cause: isMedia ? .noKeyFrame : .protocolError, detail: error.reason)
    }

    /// What the failure of a connection means in the stage under way.
    func failure(_ failure: TransportFailure) -> ProbeFailure {
        let stage = self.current?.stage ?? .connect
        switch failure {
        case .cancelled: return ProbeFailure(cause: .collectorGap, detail: "told to stop")
        case .refused: return ProbeFailure(cause: .refused)
        case .unreachable: return ProbeFailure(cause: .unreachable)
        case .selfNetwork: return ProbeFailure(cause: .selfNetwork, detail: "no route from here")
        case .selfOverloaded:
            return ProbeFailure(cause: .selfOverloaded, detail: "no descriptor, port or thread left")
        case .noNameServer:
            return ProbeFailure(cause: .selfNetwork, detail: "our name server does not answer")
        case .noAddress: return ProbeFailure(cause: .dns, detail: "the name has no address")
        case .tls(let words) where stage == .tls && words.contains("wrong version number"):
            let detail = "what answers there speaks no TLS; name the scheme without it, such as rtsp or http"
            return ProbeFailure(cause: .tlsFailed, detail: detail)
        case .tls(let words):
            return ProbeFailure(cause: stage == .tls ? .tlsFailed : .protocolError, detail: words)
        case .certificate(let words): return ProbeFailure(cause: .certificateInvalid, detail: words)
        case .system(let code): return ProbeFailure(cause: .protocolError, detail: "system error \(code)")
        case .timeout:
            switch stage {
            case .resolve: return self.failure(TransportFailure.noNameServer)
            case .firstPacket: return ProbeFailure(cause: .noMedia, detail: "no packet in time")
            case .firstKeyFrame: return ProbeFailure(cause: .noKeyFrame, detail: "no whole key frame in time")
            default: return ProbeFailure(cause: .timeout)
            }
        case .closed:
            let detail = "the connection was closed"
            switch stage {
            case .tls: return ProbeFailure(cause: .tlsFailed, detail: detail)
            case .firstPacket: return ProbeFailure(cause: .noMedia, detail: detail)
            case .firstKeyFrame: return ProbeFailure(cause: .noKeyFrame, detail: detail)
            default: return ProbeFailure(cause: .protocolError, detail: detail)
            }
        }
    }
}

/// Words of the other side made fit for a log: one short line, and no secret even if it sent ours back.
///
/// Secrets are sought by their bytes and before anything is cut: what merges with the character behind it, or is half
/// cut off, would still be read by a person.
func shown(_ words: String, hiding credential: MediaCredential?) -> String {
    shown(words, hiding: HiddenWords(credential))
}

/// The same, and what hides in the address is not shown either.
func shown(_ words: String, hiding hidden: HiddenWords) -> String {
    var line = String.UnicodeScalarView()
    for scalar in words.unicodeScalars.prefix(4_096) {
        switch scalar.value {
        case 0x09, 0x0a, 0x2028, 0x2029: line.append(" ")
        case ..<0x20, 0x7f..<0xa0: continue
        default: line.append(scalar)
        }
    }
    let bytes = hidden.hide(in: Array(String(line).utf8))
    return String(String.UnicodeScalarView(String(decoding: bytes, as: UTF8.self).unicodeScalars.prefix(160)))
}
