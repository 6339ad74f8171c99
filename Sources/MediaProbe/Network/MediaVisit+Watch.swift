extension MediaVisit {
    /// The stages `first_packet` and `first_keyframe`: reads until there is a picture and the window, if one was asked
    /// for, is over.
    ///
    /// - Parameters:
    ///   - spacing: From one picture to the next, when that is known; a slow camera is given three of them.
    ///   - watch: What has been seen so far.
    ///   - read: Reads more, at the latest until then; false at the end of the stream.
    /// - Throws: Why there is no picture.
    func watch(
        spacing: Duration?,
        seen watch: () -> PictureWatch,
        read: (Instant) throws(ProbeFailure) -> Bool
    ) throws(ProbeFailure) {
        let patience = min(spacing ?? .zero, .seconds(60)) * 3
        if self.log.current?.stage != .firstPacket { self.log.begin(.firstPacket, at: .now) }
        var end = self.end(of: max(self.limits.firstPacket, patience))
        var isOpen = true
        while true {
            let seen = watch()
            if seen.isForeign {
                let detail = "the picture is \(seen.foreignCodec ?? "unknown")"
                throw ProbeFailure(cause: .unsupportedCodec, detail: detail)
            }
            if self.log.current?.stage == .firstPacket, let first = seen.firstPacketAt {
                self.log.begin(.firstKeyFrame, at: max(first, self.log.current?.since ?? first))
                let announced =
                    seen.announcedRate.flatMap { $0 > 0 ? Duration.seconds(3 / $0) : nil } ?? .zero
                end = self.end(of: max(self.limits.firstKeyFrame, patience, min(announced, .seconds(180))))
            }
            if seen.hasPicture {
                if self.log.current != nil { self.log.end(at: seen.firstKeyFrame?.arrivedAt ?? .now) }
                guard isOpen, let windowEnd = self.windowEnd(seen), .now < windowEnd else { return }
                end = windowEnd
            }
            guard seen.packetCount < self.limits.packetCount else {
                guard !seen.hasPicture else { return }
                let detail = "too many packets without a whole key frame"
                throw ProbeFailure(cause: .noKeyFrame, detail: detail)
            }
            guard isOpen else { throw self.log.failure(.closed) }
            do throws(ProbeFailure) {
                isOpen = try read(end)
            } catch {
                // With a picture in hand the end of the stream is not a failure of the stage that had it.
                let seen = watch()
                guard seen.hasPicture, error.cause != .collectorGap else { throw error }
                if self.log.current != nil { self.log.end(at: seen.firstKeyFrame?.arrivedAt ?? .now) }
                return
            }
        }
    }

    /// Up to when is measured; nil when it is enough. A recording comes faster than it plays, so that the stream's own
    /// clock may end the window too.
    private func windowEnd(_ seen: PictureWatch) -> Instant? {
        guard let window = self.limits.window, let first = seen.firstPacketAt,
            seen.gauge.streamSpan < window.inSeconds * 3
        else { return nil }
        return min(first + window, self.end(of: .seconds(3_600)))
    }
}
