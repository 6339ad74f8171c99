internal import CLibCurl

/// A server's word that it has taken a mail and answers for it from here.
public struct MailReceipt: Sendable, Hashable {
    /// The SMTP reply code to the message, 250 as a rule.
    public let status: Int
    /// The server's words, which often hold its queue number; at most 200 characters.
    public let words: String
    /// From the start to the end of the session with the server.
    public let took: Duration
}

extension TransferSession {
    /// Hands one mail to a server and waits until it has been taken or refused.
    ///
    /// All recipients or none: a refused one refuses the mail. Each mail has a connection of its own, because
    /// only then do our deadlines hold for the good-bye as well.
    public mutating func deliver(
        _ message: MailMessage,
        through server: SMTPServer,
        limits: TimeLimits = .mail,
        cancellation: TransferCancellation? = nil
    ) throws(TransferError) -> MailReceipt {
        let start = ContinuousClock.now
        let bytes = message.encoded()
        let exchange = CurlExchange(
            deadline: start + limits.total + Self.grace,
            cancellation: cancellation,
            maximumBodyBytes: 0,
            outgoing: bytes
        )
        do {
            try self.prepare(
                limits: limits,
                remaining: limits.total,
                trust: server.trust,
                protocols: "smtp,smtps"
            )
            try self.describe(server)
            try self.handle.set(CURLOPT_FORBID_REUSE, 1)
            try self.handle.set(CURLOPT_FRESH_CONNECT, 1)
            try self.handle.set(CURLOPT_MAIL_FROM, "<\(message.from.address)>")
            let recipients = try CurlList(message.recipients.map { "<\($0.address)>" })
            try self.handle.set(CURLOPT_MAIL_RCPT, recipients)
            try self.handle.set(CURLOPT_UPLOAD, 1)
            try self.handle.set(CURLOPT_INFILESIZE_LARGE, offset: bytes.count)
            try self.handle.perform(exchange)
            _ = consume recipients
        } catch {
            throw Self.failure(error, of: exchange, status: self.handle.status, server)
        }
        return MailReceipt(
            status: self.handle.status,
            words: Self.tidy(Self.reply(exchange, self.handle.status) ?? "", without: server.credential),
            took: ContinuousClock.now - start
        )
    }

    private func describe(_ server: SMTPServer) throws(CurlFailure) {
        // Curl takes the EHLO name from the address's path.
        try self.handle.set(CURLOPT_URL, server.address + (server.clientName.map { "/" + $0 } ?? ""))
        try self.handle.set(
            CURLOPT_USE_SSL,
            Int((server.security == .plain ? CURLUSESSL_NONE : CURLUSESSL_ALL).rawValue)
        )
        if let credential = server.credential {
            try self.handle.set(CURLOPT_USERNAME, credential.user)
            try self.handle.set(CURLOPT_PASSWORD, credential.password.text)
        }
    }

    private static func failure(
        _ failure: CurlFailure,
        of exchange: CurlExchange,
        status: Int,
        _ server: SMTPServer
    ) -> TransferError {
        guard exchange.stop == nil, status >= 400 else {
            return TransferError(
                .mail,
                "\(server)",
                failure,
                stop: exchange.stop,
                words: self.tidy(failure.words, without: server.credential)
            )
        }
        let reply = self.reply(exchange, status).map { ": " + $0 } ?? ""
        // The replies of RFC 4954 §6 that are about who we are; 454 is their passing kind.
        let isDenial = failure.code == CURLE_LOGIN_DENIED || [454, 530, 534, 535, 538].contains(status)
        return TransferError(
            .mail,
            "\(server)",
            isDenial ? .denied : .rejected,
            self.tidy(failure.words + reply, without: server.credential),
            status: status
        )
    }

    /// The last line that the server said with this code.
    private static func reply(_ exchange: CurlExchange, _ status: Int) -> String? {
        exchange.lines.last { $0.hasPrefix("\(status)") }
    }

    /// Fit for a log: no controls, not long, and no password should a server be so rude as to repeat it.
    private static func tidy(_ words: String, without credential: SMTPCredential?) -> String {
        var words = words
        if let password = credential?.password.text, !password.isEmpty {
            words = words.split(separator: password, omittingEmptySubsequences: false).joined(
                separator: "<secret>"
            )
        }
        let printable = words.unicodeScalars.map { HeaderSyntax.holdsControl(String($0)) ? " " : $0 }
        return String(String(String.UnicodeScalarView(printable)).prefix(200))
    }
}
