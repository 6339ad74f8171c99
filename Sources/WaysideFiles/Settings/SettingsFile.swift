internal import WaysideCore

extension Settings {
    /// Reads a settings file strictly: an unknown key names its nearest known one.
    ///
    /// - Throws: ``FilesError`` with every problem, each with its place and mend.
    public static func read(_ path: String) throws(FilesError) -> Settings {
        try self.read(bytes: try InputFile.bytes(of: path, limit: 1 << 20), name: path)
    }

    /// Reads the bytes of a settings file; `name` stands in messages.
    ///
    /// - Throws: ``FilesError`` with every problem.
    public static func read(bytes: [UInt8], name: String) throws(FilesError) -> Settings {
        var reader = SettingsReader(file: YAMLFile(name: name))
        reader.read(bytes)
        guard reader.file.problems.isEmpty else {
            throw FilesError(.parse, file: name, problems: reader.file.problems)
        }
        reader.settings.warnings = reader.file.warnings
        return reader.settings
    }
}

/// Makes settings of their YAML.
struct SettingsReader {
    var file: YAMLFile
    var settings = Settings()
    /// How long a look at a stream may take, wherever that is said.
    private var streamDeadlines: [(node: YAMLNode, key: String, milliseconds: Int64)] = []

    init(file: YAMLFile) { self.file = file }

    mutating func read(_ bytes: [UInt8]) {
        guard let root = self.file.root(bytes),
            let top = self.file.mapping(
                root,
                keys: [
                    "checks", "kinds", "organizations", "devices", "status", "self_doubt", "streams", "web",
                    "traps", "journal", "health", "tickets", "notices",
                ]
            )
        else { return }
        if let node = top["checks"] { self.settings.cadences.byCheck = self.cadences(node, "checks") }
        self.readNarrowerCadences(top)
        self.readStatus(top)
        self.readSelfDoubt(top)
        if let node = top["streams"] { self.readStreams(node) }
        self.warnOfShortDeadlines()
        if let node = top["web"], let web = self.file.mapping(node, keys: ["listen"]),
            let listen = web["listen"]
        {
            self.readListen(listen)
        }
        if let node = top["traps"], let traps = self.file.mapping(node, keys: ["port"]) {
            self.settings.trapPort = self.number(traps, "port", in: 1...65_535).flatMap(UInt16.init(exactly:))
        }
        if let node = top["health"] {
            let keys = ["value_days", "five_minute_days", "hour_days"]
            if let health = self.file.mapping(node, keys: keys) {
                if let days = self.number(health, "value_days", in: 1...3_660) {
                    self.settings.healthValueDays = days
                }
                if let days = self.number(health, "five_minute_days", in: 1...3_660) {
                    self.settings.healthFiveMinuteDays = days
                }
                if let days = self.number(health, "hour_days", in: 1...3_660) {
                    self.settings.healthHourDays = days
                }
            }
        }
        if let node = top["journal"], let journal = self.file.mapping(node, keys: ["retention_days"]) {
            if let days = self.number(journal, "retention_days", in: 1...3_660) {
                self.settings.journalRetentionDays = days
            }
        }
        if let node = top["tickets"] { self.readTickets(node) }
        if let node = top["notices"] { self.readNotices(node) }
    }

    // MARK: - Cadences

    private mutating func readNarrowerCadences(_ top: YAMLMapping) {
        if let node = top["kinds"],
            let kinds = self.file.mapping(node, keys: Device.Kind.allCases.map(\.rawValue))
        {
            for (key, value) in kinds.members {
                if let kind = Device.Kind(rawValue: key) {
                    self.settings.cadences.byKind[kind] = self.cadences(value, "kinds.\(key)")
                }
            }
        }
        if let node = top["organizations"], let members = self.file.openMapping(node) {
            for (key, value) in members.members {
                self.settings.cadences.byOrganization[key] = self.cadences(value, "organizations.\(key)")
            }
        }
        if let node = top["devices"], let members = self.file.openMapping(node) {
            for (key, value) in members.members {
                self.settings.cadences.byDevice[key] = self.cadences(value, "devices.\(key)")
            }
        }
    }

    private mutating func cadences(_ node: YAMLNode, _ place: String) -> [Check: CheckCadence] {
        guard let mapping = self.file.mapping(node, keys: Check.allCases.map(\.rawValue)) else { return [:] }
        var result: [Check: CheckCadence] = [:]
        for (key, value) in mapping.members {
            guard let check = Check(rawValue: key), !value.isNull,
                let fields = self.file.mapping(
                    value,
                    keys: ["interval_seconds", "recheck_seconds", "deadline_seconds", "valid_for_seconds"]
                )
            else { continue }
            let usual = CheckCadence.usual(check)
            func milliseconds(_ seconds: Int64?, else usual: Int64) -> Int64 {
                seconds.map { $0 * 1_000 } ?? usual
            }
            let interval = self.number(fields, "interval_seconds", in: 1...86_400)
            let recheck = self.number(fields, "recheck_seconds", in: 1...86_400)
            let deadline = self.number(fields, "deadline_seconds", in: 1...3_600)
            let validity = self.number(fields, "valid_for_seconds", in: 2...864_000)
            let intervalMilliseconds = milliseconds(interval, else: usual.intervalMilliseconds)
            let cadence = CheckCadence(
                intervalMilliseconds: intervalMilliseconds,
                recheckMilliseconds: milliseconds(
                    recheck,
                    else: min(usual.recheckMilliseconds, intervalMilliseconds)
                ),
                deadlineMilliseconds: milliseconds(deadline, else: usual.deadlineMilliseconds),
                validForMilliseconds: validity.map { $0 * 1_000 }
            )
            guard let cadence else {
                self.file.complain(
                    value,
                    "the times of \(key) do not fit together",
                    "recheck_seconds must not exceed interval_seconds, and valid_for_seconds must be at least twice "
                        + "interval_seconds"
                )
                continue
            }
            result[check] = cadence
            if check == .stream {
                self.streamDeadlines.append(
                    (
                        fields["deadline_seconds"] ?? value, "\(place).stream.deadline_seconds",
                        cadence.deadlineMilliseconds
                    )
                )
            }
        }
        return result
    }

    // MARK: - The rest

    mutating func number(_ mapping: YAMLMapping, _ key: String, in range: ClosedRange<Int64>)
        -> Int64?
    {
        mapping[key].flatMap {
            self.file.wholeNumber(
                $0,
                in: range,
                "a whole number from \(range.lowerBound) to \(range.upperBound)"
            )
        }
    }

    private mutating func readStatus(_ top: YAMLMapping) {
        guard let node = top["status"],
            let status = self.file.mapping(node, keys: ["misses_to_confirm", "hits_to_recover"])
        else { return }
        if let misses = self.number(status, "misses_to_confirm", in: 1...20) {
            self.settings.missesToConfirm = Int(misses)
        }
        if let hits = self.number(status, "hits_to_recover", in: 1...20) {
            self.settings.hitsToRecover = Int(hits)
        }
    }

    private mutating func readSelfDoubt(_ top: YAMLMapping) {
        guard let node = top["self_doubt"],
            let doubt = self.file.mapping(node, keys: ["control_targets", "share"])
        else { return }
        if let list = doubt["control_targets"], let entries = self.file.list(list) {
            self.settings.controlTargets = entries.compactMap { self.file.text($0) }
        }
        if let share = doubt["share"], let thousandths = self.file.thousandths(share) {
            self.settings.selfDoubtThousandths = thousandths
        }
    }

    /// Where a look ends too early for a window no quality is measured, which may be meant, and may be not.
    private mutating func warnOfShortDeadlines() {
        let window = self.settings.courtesy.windowMilliseconds
        let needed = window + CourtesySettings.windowLeewayMilliseconds
        for deadline in self.streamDeadlines where deadline.milliseconds < needed {
            self.file.warn(
                deadline.node,
                "\(deadline.key) is \(deadline.milliseconds / 1_000), so that the quality of these streams is never "
                    + "measured: a window of \(window / 1_000) s needs \(needed / 1_000) s",
                "write at least \(needed / 1_000), or leave it so if nothing is to be measured there"
            )
        }
    }

    private mutating func readListen(_ node: YAMLNode) {
        guard let text = self.file.text(node) else { return }
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard let port = parts.last.flatMap({ Int($0) }), (1...65_535).contains(port), parts.count >= 2 else {
            self.file.complain(
                node,
                "web.listen is \(node.shown)",
                "write HOST:PORT, such as \"127.0.0.1:8080\""
            )
            return
        }
        let host = parts.dropLast().joined(separator: ":")
        self.settings.webHost =
            host.hasPrefix("[") && host.hasSuffix("]") ? String(host.dropFirst().dropLast()) : host
        self.settings.webPort = port
    }

    private mutating func readTickets(_ node: YAMLNode) {
        let keys = [
            "hits_to_close", "repair_within_seconds", "warn_at", "verdict_wait_seconds", "recurrence_days",
            "owners_word_required",
        ]
        guard let tickets = self.file.mapping(node, keys: keys) else { return }
        if let hits = self.number(tickets, "hits_to_close", in: 1...1_000) {
            self.settings.tickets.goodProbesToProve = Int(hits)
        }
        if let seconds = self.number(tickets, "repair_within_seconds", in: 1...31_536_000) {
            self.settings.tickets.repairMilliseconds = seconds * 1_000
        }
        if let warn = tickets["warn_at"], let thousandths = self.file.thousandths(warn) {
            self.settings.tickets.warnAfterThousandths = thousandths
        }
        if let seconds = self.number(tickets, "verdict_wait_seconds", in: 0...86_400) {
            self.settings.tickets.verdictWaitMilliseconds = seconds * 1_000
            self.settings.namesVerdictWait = true
        }
        if let days = self.number(tickets, "recurrence_days", in: 0...3_660) {
            self.settings.tickets.recurrenceMilliseconds = days * ServiceDay.lengthMilliseconds
        }
        if let word = tickets["owners_word_required"], let isRequired = self.file.bool(word) {
            self.settings.tickets.isOwnersWordRequired = isRequired
        }
    }

    private mutating func readNotices(_ node: YAMLNode) {
        guard let notices = self.file.mapping(node, keys: ["webhook", "mail", "maintainers"]) else { return }
        if let node = notices["webhook"],
            let webhook = self.file.mapping(node, keys: ["url", "secret_file"]),
            let urlNode = self.file.required(webhook, "url"), let url = self.file.text(urlNode),
            let secretFile = self.file.required(webhook, "secret_file").flatMap({ self.file.text($0) })
        {
            if !url.hasPrefix("http://") && !url.hasPrefix("https://") {
                self.file.complain(
                    urlNode,
                    "notices.webhook.url is \(urlNode.shown)",
                    "write an absolute address, such as https://HOST/PATH"
                )
            }
            self.settings.webhook = Settings.Webhook(url: url, secretFile: secretFile)
        }
        if let node = notices["mail"] { self.readMail(node) }
        guard let node = notices["maintainers"], let maintainers = self.file.openMapping(node) else { return }
        for (key, value) in maintainers.members {
            guard let fields = self.file.mapping(value, keys: ["webhook", "mail"]) else { continue }
            var told = Settings.MaintainerNotices()
            told.webhook = fields["webhook"].flatMap { self.file.bool($0) } ?? false
            if let list = fields["mail"], let entries = self.file.list(list) {
                told.mail = entries.compactMap { self.file.text($0) }
            }
            self.settings.maintainers[key] = told
        }
    }

    private mutating func readMail(_ node: YAMLNode) {
        guard
            let mail = self.file.mapping(
                node,
                keys: ["server", "from", "user", "password_file", "start_tls"]
            ),
            let server = self.file.required(mail, "server"), let url = self.file.text(server),
            let from = self.file.required(mail, "from").flatMap({ self.file.text($0) })
        else { return }
        let isImplicitTLS = url.hasPrefix("smtps://")
        let rest = url.split(separator: "//", maxSplits: 1).last.map(String.init) ?? ""
        let parts = rest.split(separator: ":", omittingEmptySubsequences: false)
        let port = parts.count == 2 ? Int(parts[1]) : isImplicitTLS ? 465 : 25
        guard isImplicitTLS || url.hasPrefix("smtp://"), let host = parts.first, !host.isEmpty,
            parts.count <= 2,
            let port, (1...65_535).contains(port)
        else {
            self.file.complain(
                server,
                "notices.mail.server is \(server.shown)",
                "write smtp://HOST:PORT or smtps://HOST:PORT, without a password"
            )
            return
        }
        self.settings.mail = Settings.Mail(
            host: String(host),
            port: port,
            isImplicitTLS: isImplicitTLS,
            startsTLS: mail["start_tls"].flatMap { self.file.bool($0) } ?? false,
            from: from,
            user: mail["user"].flatMap { self.file.text($0) },
            passwordFile: mail["password_file"].flatMap { self.file.text($0) }
        )
    }
}
