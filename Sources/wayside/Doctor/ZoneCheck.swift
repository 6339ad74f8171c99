/// Whether time-zone data is there. The service day needs none; logs and other programs on this machine do.
enum ZoneCheck {
    static func findings() -> [DoctorFinding] {
        let path = "/usr/share/zoneinfo/Asia/Shanghai"
        guard let bytes = DoctorFiles.bytes(of: path, limit: 4), bytes == Array("TZif".utf8) else {
            return [.warn("time-zone data", "\(path) is missing", mend: "apt-get install tzdata")]
        }
        return [.ok("time-zone data", path)]
    }
}
