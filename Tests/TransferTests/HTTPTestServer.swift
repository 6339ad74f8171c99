/// An HTTP or HTTPS server with good and bad manners, chosen by path.
enum HTTPTestServer {
    static func start(_ environment: [String: String] = [:]) throws -> PythonServer {
        try PythonServer(self.program, environment: environment)
    }

    /// Accepts and never speaks: the kernel completes the connection, nobody takes it.
    static func startSilent() throws -> PythonServer {
        try PythonServer(
            #"""
            import socket
            listener = socket.create_server(("127.0.0.1", 0))
            say(port=listener.getsockname()[1])
            threading.Event().wait()
            """#
        )
    }

    private static let program = #"""
        import http.server, ssl, time
        count = 0
        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            def setup(self):
                global count
                count += 1
                self.number = count
                super().setup()
            def log_message(self, *arguments): pass
            def answer(self, status, body=b"", headers=()):
                self.send_response(status)
                for name, value in headers: self.send_header(name, value)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if self.command != "HEAD": self.wfile.write(body)
            def serve(self):
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                parts = self.path.split("?")[0].strip("/").split("/")
                say(path=self.path)
                if parts[0] == "echo":
                    self.answer(200, json.dumps({
                        "method": self.command, "path": self.path, "connection": self.number,
                        "headers": [list(pair) for pair in self.headers.items()],
                        "body": body.decode("utf-8")}).encode(), [("X-Twice", "one"), ("X-Twice", "two")])
                elif parts[0] == "status":
                    self.answer(int(parts[1]), b"so it is")
                elif parts[0] == "redirect":
                    left = int(parts[1])
                    self.answer(307, b"", [("Location", f"/redirect/{left - 1}" if left > 1 else "/echo")])
                elif parts[0] == "found":
                    self.answer(302, b"", [("Location", "/echo")])
                elif parts[0] == "away":
                    self.answer(307, b"", [("Location", f"http://localhost:{self.server.server_port}/echo")])
                elif parts[0] == "scheme":
                    self.answer(307, b"", [("Location", "file:///etc/hostname")])
                elif parts[0] == "early":
                    self.wfile.write(b"HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n")
                    self.answer(200, b"late", [("X-Late", "yes")])
                elif parts[0] == "large":
                    self.send_response(200)
                    self.end_headers()
                    while True: self.wfile.write(b"x" * 65536)
                elif parts[0] == "headers":
                    self.wfile.write(b"HTTP/1.1 200 OK\r\n")
                    while True: self.wfile.write(b"X-More: " + b"x" * 1000 + b"\r\n")
                elif parts[0] == "drip":
                    self.send_response(200)
                    self.end_headers()
                    while True:
                        self.wfile.write(b"x")
                        time.sleep(0.02)
                elif parts[0] == "cut":
                    self.send_response(200)
                    self.send_header("Content-Length", "1000")
                    self.end_headers()
                    self.wfile.write(b"only this")
                    self.close_connection = True
                elif parts[0] == "silent":
                    self.connection.recv(1)
                    self.close_connection = True
            def handle_one_request(self):
                try: super().handle_one_request()
                except OSError: self.close_connection = True
            do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = serve
        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            def handle_error(self, request, address): pass
        server = Server(("127.0.0.1", 0), Handler)
        if "KEY" in os.environ:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(os.environ["CERTIFICATE"], os.environ["KEY"])
            server.socket = context.wrap_socket(server.socket, server_side=True)
        say(port=server.server_port)
        server.serve_forever()
        """#
}
