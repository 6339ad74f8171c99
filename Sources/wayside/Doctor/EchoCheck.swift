internal import Glibc

/// Whether we may send ICMP echo requests, as the reach check does where it can.
enum EchoCheck {
    static func findings() -> [DoctorFinding] {
        let check = "right to ICMP echo"
        if self.opens(Int32(SOCK_DGRAM.rawValue)) { return [.ok(check, "by ping sockets")] }
        if self.opens(Int32(SOCK_RAW.rawValue)) { return [.ok(check, "by raw sockets (CAP_NET_RAW)")] }
        let range = DoctorFiles.text(of: "/proc/sys/net/ipv4/ping_group_range").map { text in
            text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return [
            .warn(
                check,
                "none (ping_group_range is \(range ?? "not known")); reach asks TCP ports instead",
                mend: "sudo sysctl -w net.ipv4.ping_group_range='0 2147483647', and put it into /etc/sysctl.d"
            )
        ]
    }

    private static func opens(_ type: Int32) -> Bool {
        let descriptor = socket(AF_INET, type | Int32(SOCK_CLOEXEC.rawValue), Int32(IPPROTO_ICMP))
        guard descriptor >= 0 else { return false }
        close(descriptor)
        return true
    }
}
