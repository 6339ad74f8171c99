internal import CLibSSL

/// What libcrypto or libssl would not do.
public struct CryptographyError: Error, Sendable, CustomStringConvertible {
    /// What we were doing.
    public enum Operation: String, Sendable {
        /// Drawing random bytes.
        case random
        /// Deriving a key from a passphrase.
        case deriveKey
        /// Sealing a secret.
        case seal
        /// Opening a sealed secret: a wrong key, or the bytes were changed.
        case open
        /// Enciphering or deciphering a packet.
        case cipher
        /// Preparing a TLS client.
        case prepareTLS
        /// Shaking hands with a TLS server.
        case handshake
        /// Reading from or writing to a TLS server.
        case transfer
    }

    /// What we were doing.
    public let operation: Operation
    /// The library's own words; empty when it gave none. Never holds key or plaintext.
    public let reason: String

    /// With words of our own.
    public init(_ operation: Operation, reason: String) {
        self.operation = operation
        self.reason = reason
    }

    /// With the library's words for what this thread last failed at; its queue of errors is emptied.
    init(_ operation: Operation) {
        var reason = ""
        while case let code = ERR_get_error(), code != 0 {
            var text = [CChar](repeating: 0, count: 256)
            ERR_error_string_n(code, &text, text.count)
            reason = String(decoding: text.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
        }
        self.init(operation, reason: reason)
    }

    /// One line: what was done and why it failed.
    public var description: String {
        self.reason.isEmpty
            ? "\(self.operation.rawValue) failed" : "\(self.operation.rawValue): \(self.reason)"
    }
}
