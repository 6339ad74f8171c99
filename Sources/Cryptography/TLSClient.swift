internal import CLibSSL

/// What to make of a server's certificate.
public enum TLSCertificatePolicy: String, Sendable, Hashable {
    /// It must lead to a trusted authority, be in its time and carry the host's name.
    case mustVerify = "must_verify"
    /// It is looked at and reported on, but anything goes: for cameras with a certificate of their own
    /// making.
    case reportOnly = "report_only"
}

/// Trust and policy for TLS clients; made once, shared by all of them.
public final class TLSClientContext: @unchecked Sendable {
    // Unchecked because an SSL_CTX is counted and locked inside, and is not changed after this initializer.
    let pointer: OpaquePointer
    let policy: TLSCertificatePolicy

    /// Trusts the system's authorities, and those in the file as well.
    ///
    /// - Parameters:
    ///   - policy: What to make of a certificate that does not verify.
    ///   - authorities: A file of certificates in PEM, for an operator's own authority.
    /// - Throws: When the file cannot be read.
    public init(policy: TLSCertificatePolicy, authorities: String? = nil) throws(CryptographyError) {
        guard let pointer = SSL_CTX_new(TLS_client_method()) else { throw CryptographyError(.prepareTLS) }
        self.pointer = pointer
        self.policy = policy
        wayside_ssl_set_modes(pointer)
        SSL_CTX_set_default_verify_paths(pointer)
        ERR_clear_error()
        if policy == .mustVerify {
            SSL_CTX_set_verify(pointer, SSL_VERIFY_PEER, nil)
            guard wayside_ssl_require_tls12(pointer) == 1 else { throw CryptographyError(.prepareTLS) }
        }
        if let authorities {
            guard SSL_CTX_load_verify_locations(pointer, authorities, nil) == 1 else {
                throw CryptographyError(.prepareTLS)
            }
        }
    }

    deinit { SSL_CTX_free(self.pointer) }
}

/// One TLS client as a machine: bytes from the wire go in, bytes for the wire come out. It knows no socket,
/// so its owner keeps the deadlines.
public final class TLSClient {
    private let context: TLSClientContext
    private let session: OpaquePointer
    private let incoming: OpaquePointer
    private let outgoing: OpaquePointer

    /// Whether the handshake is over.
    public private(set) var isEstablished = false
    /// Whether the other side said that it will send no more.
    public private(set) var isAtEnd = false

    /// Begins; call `handshake()` for the first bytes to send. The certificate must carry the host, a name or
    /// a numeric address.
    ///
    /// - Throws: When libssl has no memory for it.
    public init(_ context: TLSClientContext, host: String) throws(CryptographyError) {
        guard let session = SSL_new(context.pointer) else { throw CryptographyError(.prepareTLS) }
        guard let incoming = BIO_new(BIO_s_mem()), let outgoing = BIO_new(BIO_s_mem()) else {
            SSL_free(session)
            throw CryptographyError(.prepareTLS)
        }
        SSL_set_bio(session, incoming, outgoing)
        SSL_set_connect_state(session)
        self.context = context
        self.session = session
        self.incoming = incoming
        self.outgoing = outgoing
        let parameters = SSL_get0_param(session)
        // A numeric address is matched as one; only a name may be announced to the server (RFC 6066, 3).
        if X509_VERIFY_PARAM_set1_ip_asc(parameters, host) != 1 {
            ERR_clear_error()
            X509_VERIFY_PARAM_set_hostflags(parameters, UInt32(X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS))
            guard X509_VERIFY_PARAM_set1_host(parameters, host, 0) == 1 else {
                throw CryptographyError(.prepareTLS)
            }
            wayside_ssl_set_server_name(session, host)
        }
    }

    deinit { SSL_free(self.session) }

    /// Goes on with the handshake as far as the bytes received allow; afterwards send `takeOutput()`.
    ///
    /// - Throws: When it failed; `certificateFault` tells whether the certificate was the reason.
    public func handshake() throws(CryptographyError) {
        guard !self.isEstablished else { return }
        ERR_clear_error()
        let status = SSL_do_handshake(self.session)
        if status == 1 {
            self.isEstablished = true
            return
        }
        let error = SSL_get_error(self.session, status)
        guard error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE else {
            throw CryptographyError(.handshake)
        }
    }

    /// Why the certificate is not trusted, in libssl's words; nil when it is, or none has come yet.
    public var certificateFault: String? {
        let result = SSL_get_verify_result(self.session)
        guard result != Int(X509_V_OK) else { return nil }
        return X509_verify_cert_error_string(result).map { String(cString: $0) } ?? "error \(result)"
    }

    /// Takes in bytes that came over the wire.
    public func receive(_ bytes: RawSpan) {
        bytes.withUnsafeBytes { buffer in
            _ = BIO_write(self.incoming, buffer.baseAddress, Int32(buffer.count))
        }
    }

    /// The bytes that must go out next; empty when there are none.
    public func takeOutput() -> [UInt8] {
        let count = Int(BIO_ctrl_pending(self.outgoing))
        guard count > 0 else { return [] }
        return [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            filled = max(0, Int(BIO_read(self.outgoing, buffer.baseAddress, Int32(count))))
        }
    }

    /// Deciphers what came, at most one record (16 KiB); empty when more must be received first.
    ///
    /// - Throws: For bytes that are not what the other side sealed.
    public func read() throws(CryptographyError) -> [UInt8] {
        ERR_clear_error()
        var status: Int32 = 0
        let bytes = [UInt8](unsafeUninitializedCapacity: 16 << 10) { buffer, filled in
            status = SSL_read(self.session, buffer.baseAddress, Int32(buffer.count))
            filled = max(0, Int(status))
        }
        guard status <= 0 else { return bytes }
        switch SSL_get_error(self.session, status) {
        case SSL_ERROR_WANT_READ, SSL_ERROR_WANT_WRITE: return []
        case SSL_ERROR_ZERO_RETURN:
            self.isAtEnd = true
            return []
        default: throw CryptographyError(.transfer)
        }
    }

    /// Enciphers; afterwards send `takeOutput()`.
    ///
    /// - Throws: Before the handshake is over.
    public func write(_ bytes: [UInt8]) throws(CryptographyError) {
        guard !bytes.isEmpty else { return }
        ERR_clear_error()
        guard SSL_write(self.session, bytes, Int32(bytes.count)) == Int32(bytes.count) else {
            throw CryptographyError(.transfer)
        }
    }
}
