/// The time over which media is measured, and whether media went on to its end. A machine: it is handed moments.
struct MediaWindow {
    /// When the first packet came.
    let start: Instant
    let length: Duration

    /// How long the media may be silent before it has stopped: three pictures of a slow camera, and never less than
    /// 2 s. A shorter window never ends in so long a silence.
    static func patience(spacing: Duration) -> Duration {
        max(.seconds(2), min(spacing, .seconds(60)) * 3)
    }

    var end: Instant { self.start + self.length }

    /// Judges a window that lasted as long as it should.
    ///
    /// - Parameters:
    ///   - last: When the last packet came.
    ///   - span: What came, by the stream's own clock, in seconds: a recording comes faster than it plays.
    ///   - spacing: From one picture to the next; nil when only one came and nothing was announced, so that nobody
    ///     can say whether the next is due.
    /// - Returns: What is wrong; nil when the media went on.
    func failure(last: Instant, span: Double, spacing: Duration?) -> ProbeFailure? {
        guard let spacing, self.end - last > Self.patience(spacing: spacing) else { return nil }
        return self.failureOfEnd(last: last, span: span)
    }

    /// Judges a window in which the connection ended.
    ///
    /// - Returns: What is wrong; nil when the media covered the window by its own clock.
    func failureOfEnd(last: Instant, span: Double) -> ProbeFailure? {
        guard span < self.length.inSeconds else { return nil }
        let tenths = Int(max((last - self.start).inSeconds, 0) * 10)
        let detail = "the media stopped after \(tenths / 10).\(tenths % 10) of \(self.shownLength) s"
        return ProbeFailure(cause: .noMedia, detail: detail)
    }

    /// In seconds, with a tenth only where there is one.
    private var shownLength: String {
        let tenths = Int((self.length.inSeconds * 10).rounded())
        return tenths % 10 == 0 ? "\(tenths / 10)" : "\(tenths / 10).\(tenths % 10)"
    }
}

extension ParameterSets {
    /// From one picture to the next, as the sequence parameter set announces it; nil when it does not.
    func announcedSpacing(_ codec: VideoCodec) -> Duration? {
        guard let sequence = self.sequence,
            let rate = PictureFormat(parameterSet: sequence, codec: codec)?.framesPerSecond, rate > 0
        else { return nil }
        return .seconds(1 / rate)
    }
}
