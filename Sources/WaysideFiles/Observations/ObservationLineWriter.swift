public import WaysideCore

/// Writes observations and voids as the lines that `ObservationFile` reads.
public enum ObservationLineWriter {
    /// One line with its line feed; all keys stand in it, in the order of the contract, `null` where nothing is known.
    /// `values` is passed on as it is, which must be the text of a JSON object; line breaks in it become blanks.
    public static func line(_ observation: Observation, key: String) -> [UInt8] {
        var line: [UInt8] = []
        line.reserveCapacity(320)
        line += Array(
            "{\"at\":\"\(observation.at.text)\",\"received_at\":\"\(observation.receivedAt.text)\"".utf8
        )
        self.append("collector", observation.collector, to: &line)
        self.append("device", key, to: &line)
        self.append("check", observation.check.rawValue, to: &line)
        self.append("hop", observation.hop.rawValue, to: &line)
        self.append("outcome", observation.outcome.name, to: &line)
        self.append("cause", observation.cause?.rawValue, to: &line)
        line += Array(
            ",\"took_ms\":\(observation.tookMilliseconds.map { "\($0)" } ?? "null"),\"values\":".utf8
        )
        line += (observation.values ?? "null").utf8.map { $0 == 0x0A || $0 == 0x0D ? 0x20 : $0 }
        self.append("evidence", observation.evidence, to: &line)
        line += Array("}\n".utf8)
        return line
    }

    /// One line with its line feed. `key` gives the keys of devices; one that has none any more is left out.
    public static func line(_ void: VoidRecord, key: (DeviceID) -> String?) -> [UInt8] {
        var line = Array(
            "{\"void\":{\"from\":\"\(void.span.start.text)\",\"to\":\"\(void.span.end.text)\"".utf8
        )
        self.append("devices", void.devices.map { $0.compactMap(key).sorted { $0.isBefore($1) } }, to: &line)
        self.append("checks", void.checks.map { $0.sorted().map(\.rawValue) }, to: &line)
        self.append("collector", void.collector, to: &line)
        line += Array("}".utf8)
        self.append("reason", void.reason, to: &line)
        line += Array(",\"at\":\"\(void.at.text)\",\"received_at\":\"\(void.receivedAt.text)\"}\n".utf8)
        return line
    }

    static func append(_ key: String, _ text: String?, to line: inout [UInt8]) {
        line += Array(",\"\(key)\":".utf8)
        if let text { JSONValue.quoted(text, into: &line) } else { line += Array("null".utf8) }
    }

    static func append(_ key: String, _ texts: [String]?, to line: inout [UInt8]) {
        line += Array(",\"\(key)\":".utf8)
        guard let texts else { return line += Array("null".utf8) }
        line.append(UInt8(ascii: "["))
        for (index, text) in texts.enumerated() {
            if index > 0 { line.append(UInt8(ascii: ",")) }
            JSONValue.quoted(text, into: &line)
        }
        line.append(UInt8(ascii: "]"))
    }
}
