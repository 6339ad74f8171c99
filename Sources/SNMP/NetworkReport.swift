internal import Glibc

/// What an ICMP message says about a datagram.
enum NetworkReport: Equatable {
    /// The host is there and nobody listens: a hard error (RFC 1122 §4.1.3.3, §3.2.2.1), believed at once.
    case refused
    /// Somebody on the way says that the host or its network cannot be reached: a soft error (RFC 1122
    /// §3.2.2.1), which may pass before the deadline and is only remembered.
    case unreachable

    /// Reads the system's error number; `nil` when it says nothing about the way.
    init?(_ code: Int32) {
        switch code {
        case ECONNREFUSED, ENOPROTOOPT: self = .refused
        case EHOSTUNREACH, ENETUNREACH, EHOSTDOWN, ENETDOWN, ENONET, EACCES, EPERM: self = .unreachable
        default: return nil
        }
    }
}
