internal import WaysideCore

// How gently streams are asked, and how well they are measured.
extension SettingsReader {
    mutating func readStreams(_ node: YAMLNode) {
        let keys = [
            "budgets", "sessions", "platform_sessions", "usual_bitrate_kbps", "busy_pause_seconds",
            "credential_pause_seconds",
            "session_raise_seconds", "window_seconds", "window_every_seconds", "window_room", "loss_above",
            "loss_packets_from", "bitrate_below_kbps", "timestamp_jumps_from", "certificates",
        ]
        guard let streams = self.file.mapping(node, keys: keys) else { return }
        var courtesy = CourtesySettings()
        func read(_ key: String, in range: ClosedRange<Int64>, _ put: (Int64) -> Swift.Void) {
            if let number = self.number(streams, key, in: range) { put(number) }
        }
        read("sessions", in: 1...1_024) { courtesy.sessions = Int($0) }
        read("platform_sessions", in: 1...1_024) { courtesy.platformSessions = Int($0) }
        read("usual_bitrate_kbps", in: 1...1_000_000) { courtesy.usualKilobitsPerSecond = $0 }
        read("busy_pause_seconds", in: 60...86_400) { courtesy.busyPauseMilliseconds = $0 * 1_000 }
        read("credential_pause_seconds", in: 60...86_400) {
            courtesy.credentialPauseMilliseconds = $0 * 1_000
        }
        read("session_raise_seconds", in: 600...604_800) { courtesy.raiseMilliseconds = $0 * 1_000 }
        read("window_every_seconds", in: 60...86_400) { courtesy.windowIntervalMilliseconds = $0 * 1_000 }
        read("window_seconds", in: 2...60) { courtesy.windowMilliseconds = $0 * 1_000 }
        read("loss_packets_from", in: 1...10_000) { courtesy.thresholds.leastLost = Int($0) }
        read("bitrate_below_kbps", in: 0...1_000_000) { courtesy.thresholds.leastKilobitsPerSecond = $0 }
        read("timestamp_jumps_from", in: 1...1_000) { courtesy.thresholds.mostTimestampJumps = Int($0) }
        if let share = streams["loss_above"], let thousandths = self.file.thousandths(share) {
            courtesy.thresholds.lossThousandths = thousandths
        }
        if let share = streams["window_room"], let thousandths = self.file.thousandths(share) {
            if thousandths == 0 {
                self.file.complain(
                    share,
                    "streams.window_room is 0, so that nothing would ever be measured",
                    "write a decimal from 0.001 to 1, such as 0.750"
                )
            } else {
                courtesy.windowRoomThousandths = thousandths
            }
        }
        if let window = streams["window_seconds"] { self.checkWindow(window, courtesy.windowMilliseconds) }
        if let node = streams["budgets"], let budgets = self.file.mapping(node, keys: ["kinds", "devices"]) {
            courtesy.budgets = self.budgets(budgets)
        }
        self.settings.courtesy = courtesy
        if let node = streams["certificates"] { self.readCertificates(node) }
    }

    /// A window that somebody asks for and that no probe has time for is a mistake.
    private mutating func checkWindow(_ node: YAMLNode, _ window: Int64) {
        let deadline = (self.settings.cadences.byCheck[.stream] ?? .usual(.stream)).deadlineMilliseconds
        let needed = window + CourtesySettings.windowLeewayMilliseconds
        guard deadline < needed else { return }
        self.file.complain(
            node,
            "streams.window_seconds is \(window / 1_000), but a stream's probe ends after \(deadline / 1_000) s",
            "write at most \(max(2, (deadline - CourtesySettings.windowLeewayMilliseconds) / 1_000)), or set "
                + "checks.stream.deadline_seconds to at least \(needed / 1_000)"
        )
    }

    private mutating func budgets(_ budgets: YAMLMapping) -> StreamBudgetTable {
        var table = StreamBudgetTable()
        if let node = budgets["kinds"],
            let kinds = self.file.mapping(node, keys: StreamPassages.kinds.map(\.rawValue))
        {
            for (key, value) in kinds.members {
                guard let kind = Device.Kind(rawValue: key) else { continue }
                table.byKind[kind] = self.budget(value, .usual(kind))
            }
        }
        if let node = budgets["devices"], let devices = self.file.openMapping(node) {
            for (key, value) in devices.members {
                table.byDevice[key] = self.budget(value, .usual(.gateway))
            }
        }
        return table
    }

    private mutating func budget(_ node: YAMLNode, _ usual: StreamBudget) -> StreamBudget {
        guard let fields = self.file.mapping(node, keys: ["sessions", "bitrate_kbps"]) else { return usual }
        return StreamBudget(
            sessions: self.number(fields, "sessions", in: 1...10_000).map(Int.init) ?? usual.sessions,
            kilobitsPerSecond: self.number(fields, "bitrate_kbps", in: 1...10_000_000)
                ?? usual.kilobitsPerSecond
        )
    }
}
