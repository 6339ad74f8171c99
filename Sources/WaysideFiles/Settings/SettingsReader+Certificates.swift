internal import WaysideCore

extension SettingsReader {
    /// `streams.certificates`.
    mutating func readCertificates(_ node: YAMLNode) {
        guard let fields = self.file.mapping(node, keys: ["authorities", "policy", "devices"]) else { return }
        var certificates = StreamCertificates()
        certificates.authorities = fields["authorities"].flatMap { self.file.text($0) }
        if let policy = fields["policy"].flatMap({ self.policy($0, "policy") }) {
            certificates.policy = policy
        }
        if let devices = fields["devices"].flatMap({ self.file.openMapping($0) }) {
            for (key, value) in devices.members {
                certificates.byDevice[key] = self.policy(value, "devices.\(key)")
            }
        }
        self.settings.certificates = certificates
    }

    private mutating func policy(_ node: YAMLNode, _ name: String) -> StreamCertificates.Policy? {
        guard let text = self.file.text(node) else { return nil }
        guard let policy = StreamCertificates.Policy(rawValue: text) else {
            self.file.complain(
                node,
                "streams.certificates.\(name) is \(node.shown)",
                "write verify or report_only"
            )
            return nil
        }
        return policy
    }
}
