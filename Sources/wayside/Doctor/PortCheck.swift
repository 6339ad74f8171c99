internal import Glibc

/// Whether the console's port is free, and who has it if not.
enum PortCheck {
    static func findings(host: String, port: Int) -> [DoctorFinding] {
        let check = "port \(host):\(port) of the console"
        guard let code = self.bindFailure(host, port) else { return [.ok(check, "free")] }
        guard code == EADDRINUSE else {
            return [
                .fail(
                    check,
                    strerror(code).map { String(cString: $0) } ?? "cannot be taken",
                    mend: "set web.listen to a loopback address and a port above 1023 in the settings"
                )
            ]
        }
        guard let holder = self.holder(of: port) else {
            return [
                .fail(
                    check,
                    "taken, by a process that we may not look at",
                    mend: "sudo ss -ltnp 'sport = :\(port)'"
                )
            ]
        }
        if holder.name == "wayside" { return [.ok(check, "served by wayside (pid \(holder.process))")] }
        return [
            .fail(
                check,
                "taken by \(holder.name) (pid \(holder.process))",
                mend: "stop it, or set web.listen to another port in the settings"
            )
        ]
    }

    /// Takes the port for a moment; `nil` when that works.
    private static func bindFailure(_ host: String, _ port: Int) -> Int32? {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_PASSIVE | AI_NUMERICHOST
        var found: UnsafeMutablePointer<addrinfo>?
        let name = host == "localhost" ? "127.0.0.1" : host
        guard getaddrinfo(name, String(port), &hints, &found) == 0, let address = found else {
            return EADDRNOTAVAIL
        }
        defer { freeaddrinfo(address) }
        let descriptor = socket(
            address.pointee.ai_family,
            Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
            0
        )
        guard descriptor >= 0 else { return errno }
        defer { close(descriptor) }
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard bind(descriptor, address.pointee.ai_addr, address.pointee.ai_addrlen) == 0,
            listen(descriptor, 1) == 0
        else { return errno }
        return nil
    }

    /// The process that listens on the port, as far as `/proc` lets us see: the socket's number by its port, the
    /// process by its open files (proc(5)).
    private static func holder(of port: Int) -> (process: String, name: String)? {
        let sockets = Set(
            ["tcp", "tcp6"].flatMap { self.listeners(DoctorFiles.text(of: "/proc/net/\($0)") ?? "", port) }
        )
        guard !sockets.isEmpty else { return nil }
        for process in DoctorFiles.names(in: "/proc") where Int(process) != nil {
            for file in DoctorFiles.names(in: "/proc/\(process)/fd") {
                guard let target = DoctorFiles.destination(of: "/proc/\(process)/fd/\(file)"),
                    sockets.contains(target)
                else { continue }
                let name = DoctorFiles.text(of: "/proc/\(process)/comm")?.split(separator: "\n").first
                return (process, name.map(String.init) ?? "?")
            }
        }
        return nil
    }

    private static func listeners(_ text: String, _ port: Int) -> [String] {
        text.split(separator: "\n").dropFirst().compactMap { line in
            let fields = line.split(separator: " ")
            guard fields.count > 9, fields[3] == "0A", let digits = fields[1].split(separator: ":").last,
                Int(digits, radix: 16) == port
            else { return nil }
            return "socket:[\(fields[9])]"
        }
    }
}
