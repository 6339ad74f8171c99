internal import Cryptography
internal import Synchronization

/// Asks streams whether media really arrives, how well, and where it stops if it does not.
///
/// Every call blocks its thread, never longer than `MediaLimits.total`: call it on a lane of threads.
public struct MediaProber: Sendable {
    private let trust: Trust

    /// - Parameter authorities: A file of certificates in PEM that are trusted beside the system's.
    public init(authorities: String? = nil) {
        self.trust = Trust(authorities: authorities)
    }

    /// Why the authorities cannot be read; nil when they can. A probe over TLS would be our own failure then.
    public var authoritiesProblem: String? {
        do {
            _ = try self.trust.context(for: .mustVerify)
            return nil
        } catch {
            return error.reason
        }
    }

    /// The version of the library that reads files, such as `59.27.100`; nil when it is not installed. Loads it.
    public static var fileReaderVersion: String? { ContainerLibrary.loaded?.version }

    /// Looks at one stream. Whatever is wrong with it, or with us, is in the report; nothing is thrown.
    ///
    /// - Parameters:
    ///   - target: What to look at.
    ///   - limits: For how long, and whether only for a key frame or for a while.
    ///   - cancellation: Ends it early.
    /// - Returns: What was seen, within `limits.total`.
    public func inspect(
        _ target: MediaTarget,
        limits: MediaLimits = .availability,
        cancellation: MediaCancellation? = nil
    ) -> MediaReport {
        switch target.scheme {
        case .rtsp, .rtsps:
            return RTSPProbe(target, limits: limits, cancellation: cancellation, trust: self.trust).run()
        case .http, .https:
            return HTTPProbe(target, limits: limits, cancellation: cancellation, trust: self.trust).run()
        case .rtmp, .rtmps:
            return RTMPProbe(target, limits: limits, cancellation: cancellation, trust: self.trust).run()
        case .file:
            return FileProbe(target, limits: limits, cancellation: cancellation, trust: self.trust).run()
        }
    }
}

/// The TLS contexts of one prober, made when first wanted: reading all authorities takes a while.
final class Trust: Sendable {
    private let authorities: String?
    private let contexts = Mutex<[CertificatePolicy: TLSClientContext]>([:])

    init(authorities: String?) {
        self.authorities = authorities
    }

    func context(for policy: CertificatePolicy) throws(CryptographyError) -> TLSClientContext {
        try self.contexts.withLock { (contexts) throws(CryptographyError) in
            if let context = contexts[policy] { return context }
            let context = try TLSClientContext(
                policy: policy == .mustVerify ? .mustVerify : .reportOnly,
                authorities: self.authorities
            )
            contexts[policy] = context
            return context
        }
    }
}
