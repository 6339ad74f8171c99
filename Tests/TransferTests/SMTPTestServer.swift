/// Real SMTP servers.
enum SMTPTestServer {
    /// A well-behaved server (Debian's python3-aiosmtpd) that says what it took, read by Python's email
    /// module.
    ///
    /// Environment: `TLS` (`starttls` or `implicit`), `CERTIFICATE`, `KEY`, `USER` and `PASSWORD`.
    static func start(_ environment: [String: String] = [:]) throws -> PythonServer {
        try PythonServer(self.program, environment: environment)
    }

    /// Takes the mail and then does not answer QUIT.
    static func startWithoutGoodbye() throws -> PythonServer { try PythonServer(self.raw(quit: "")) }

    /// Turns the credential down and repeats the password in doing so.
    static func startRude() throws -> PythonServer {
        try PythonServer(self.raw(quit: #"out("221 bye"); return"#))
    }

    private static let program = #"""
        import asyncio, base64, email, email.policy, ssl
        from aiosmtpd.smtp import SMTP, AuthResult
        environment = os.environ
        def authenticate(server, session, envelope, mechanism, data):
            good = data.login.decode() == environment["USER"] and data.password.decode() == environment["PASSWORD"]
            return AuthResult(success=good, handled=False)
        class Box:
            async def handle_RCPT(self, server, session, envelope, address, options):
                if address.startswith("later@"): return "451 4.3.0 come again"
                if address.startswith("nobody@"): return "550 5.1.1 no such person"
                envelope.rcpt_tos.append(address)
                return "250 OK"
            async def handle_DATA(self, server, session, envelope):
                raw = envelope.original_content
                mail = email.message_from_bytes(raw, policy=email.policy.default)
                html = mail.get_body(("html",))
                defects = [str(d) for part in mail.walk() for d in part.defects]
                defects += [str(d) for _, value in mail.items() for d in value.defects]
                say(sender=envelope.mail_from, recipients=envelope.rcpt_tos, hello=session.host_name,
                    secure=server.transport.get_extra_info("ssl_object") is not None, user=bool(session.authenticated),
                    headers=[[name, str(value)] for name, value in mail.items()],
                    text=mail.get_body(("plain",)).get_content().replace("\r\n", "\n"),
                    html=html and html.get_content(),
                    when=mail["date"].datetime.isoformat(), raw=base64.b64encode(raw).decode(), defects=defects)
                return "250 2.0.0 taken as 17"
        context = None
        if "KEY" in environment:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(environment["CERTIFICATE"], environment["KEY"])
        starttls = environment.get("TLS") == "starttls"
        implicit = environment.get("TLS") == "implicit"
        def session():
            return SMTP(Box(), hostname="mail.test", require_starttls=starttls,
                tls_context=context if starttls else None, auth_required="USER" in environment,
                auth_require_tls=starttls, authenticator=authenticate if "USER" in environment else None)
        async def main():
            server = await asyncio.get_running_loop().create_server(
                session, "127.0.0.1", 0, ssl=context if implicit else None)
            say(port=server.sockets[0].getsockname()[1])
            await server.serve_forever()
        asyncio.run(main())
        """#

    private static func raw(quit: String) -> String {
        #"""
        import base64, socket
        def speak(connection):
            lines = connection.makefile("rb")
            def out(text): connection.sendall(text.encode() + b"\r\n")
            out("220 mail.test")
            for line in lines:
                word = line.split()[0].upper() if line.split() else b""
                if word == b"EHLO": out("250-mail.test"); out("250 AUTH PLAIN")
                elif word == b"AUTH":
                    if len(line.split()) < 3: out("334 "); line = b"AUTH PLAIN " + lines.readline()
                    out("535 5.7.8 not this: " + base64.b64decode(line.split()[2]).split(b"\0")[2].decode())
                elif word == b"DATA":
                    out("354 go on")
                    for line in lines:
                        if line == b".\r\n": break
                    out("250 taken")
                    say(taken=True)
                elif word == b"QUIT":
                    say(quit=True)
                    \#(quit.isEmpty ? "continue" : quit)
                else: out("250 fine")
        listener = socket.create_server(("127.0.0.1", 0))
        say(port=listener.getsockname()[1])
        while True:
            threading.Thread(target=speak, args=(listener.accept()[0],), daemon=True).start()
        """#
    }
}
