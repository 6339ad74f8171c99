/// How many files and sockets the service may have open at once.
enum LimitCheck {
    static func findings() -> [DoctorFinding] {
        guard let (current, highest) = DescriptorLimit.now else {
            return [.warn("open files", "the system does not say", mend: "ulimit -n 65536")]
        }
        // The service raises its own limit.
        let most = max(current, min(highest, DescriptorLimit.service))
        let mend = "ulimit -Hn 65536, or LimitNOFILE=65536 in the service's unit"
        let found = "\(most) (cannot be raised)"
        // A stream takes up to four sockets while it is looked at, and a few hundred are at the design's load.
        if most < 256 { return [.fail("open files", found, mend: mend)] }
        if most < 4_096 {
            return [.warn("open files", "\(found); enough for a few hundred devices", mend: mend)]
        }
        return [.ok("open files", most > 1 << 40 ? "any number" : "\(most)")]
    }
}
