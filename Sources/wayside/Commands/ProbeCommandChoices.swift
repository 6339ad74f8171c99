internal import ArgumentParser
internal import MediaProbe

/// Whether a server's certificate must verify.
enum CertificateChoice: String, ExpressibleByArgument, CaseIterable {
    case verify
    case reportOnly = "report_only"

    var policy: CertificatePolicy {
        switch self {
        case .verify: .mustVerify
        case .reportOnly: .reportOnly
        }
    }
}

/// How packets are asked for first.
enum TransportChoice: String, ExpressibleByArgument, CaseIterable {
    case tcp
    case udp

    var transport: MediaTransport {
        switch self {
        case .tcp: .tcp
        case .udp: .udp
        }
    }
}
