/// Whose certificates are believed. TLS is at least 1.2 in every case.
public enum TLSTrust: Sendable, Hashable {
    /// The authorities that the system trusts.
    case system
    /// Only the authorities in this PEM file; the system's are not asked.
    case authorities(file: String)
    /// Nobody is checked: anyone on the way may read and alter everything. For trying by hand.
    case unverified
}
