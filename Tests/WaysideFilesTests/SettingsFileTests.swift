import Testing
import WaysideCore
import WaysideFiles

@Suite struct SettingsFileTests {
    @Test("settings are read strictly, each by its key")
    func reads() throws {
        let text = """
            checks: {reach: {interval_seconds: 5, recheck_seconds: 2, deadline_seconds: 3, valid_for_seconds: 13}}
            kinds: {switch: {snmp: {interval_seconds: 30}}}
            status: {misses_to_confirm: 4, hits_to_recover: 2}
            self_doubt: {control_targets: ["198.19.0.254"], share: 0.400}
            streams:
              budgets: {kinds: {gateway: {sessions: 4}}, devices: {GW-1: {sessions: 2, bitrate_kbps: 8000}}}
              usual_bitrate_kbps: 2048
              busy_pause_seconds: 120
              credential_pause_seconds: 1800
              session_raise_seconds: 7200
              window_seconds: 4
              window_every_seconds: 600
              window_room: 0.500
              loss_above: 0.005
              loss_packets_from: 5
              bitrate_below_kbps: 64
              timestamp_jumps_from: 2
              sessions: 300
              platform_sessions: 40
              certificates: {policy: report_only, authorities: own.pem, devices: {CAM-1: verify}}
            web: {listen: "127.0.0.1:8099"}
            journal: {retention_days: 7}
            tickets: {hits_to_close: 2, repair_within_seconds: 1800, warn_at: 0.500, recurrence_days: 3}
            notices:
              webhook: {url: "http://127.0.0.1:8025/tickets", secret_file: webhook.secret}
              mail: {server: "smtp://127.0.0.1:8026", from: "wayside@example.invalid"}
              maintainers: {M-1: {webhook: true, mail: ["duty@example.invalid"]}}
            """
        let settings = try Settings.read(bytes: Array(text.utf8), name: "wayside.yaml")
        #expect(settings.cadences.byCheck[.reach]?.validForMilliseconds == 13_000)
        #expect(settings.cadences.byKind[.switch]?[.snmp]?.validForMilliseconds == 65_000)
        #expect(settings.missesToConfirm == 4 && settings.hitsToRecover == 2)
        #expect(settings.controlTargets == ["198.19.0.254"] && settings.selfDoubtThousandths == 400)
        var courtesy = CourtesySettings()
        courtesy.budgets.byKind[.gateway] = StreamBudget(sessions: 4, kilobitsPerSecond: 65_536)
        courtesy.budgets.byDevice["GW-1"] = StreamBudget(sessions: 2, kilobitsPerSecond: 8_000)
        courtesy.usualKilobitsPerSecond = 2_048
        courtesy.busyPauseMilliseconds = 120_000
        courtesy.credentialPauseMilliseconds = 1_800_000
        courtesy.raiseMilliseconds = 7_200_000
        courtesy.windowMilliseconds = 4_000
        courtesy.windowIntervalMilliseconds = 600_000
        courtesy.windowRoomThousandths = 500
        courtesy.thresholds.lossThousandths = 5
        courtesy.thresholds.leastLost = 5
        courtesy.thresholds.leastKilobitsPerSecond = 64
        courtesy.thresholds.mostTimestampJumps = 2
        (courtesy.sessions, courtesy.platformSessions) = (300, 40)
        #expect(settings.courtesy == courtesy && courtesy.problems.isEmpty)
        let certificates = settings.certificates
        #expect(
            certificates.authorities == "own.pem"
                && certificates.policy(of: "CAM-2", at: .direct) == .reportOnly
        )
        #expect(certificates.policy(of: "CAM-1", at: .direct) == .verify)
        #expect(
            certificates.policy(of: "CAM-1", at: .platform) == .reportOnly,
            "that is the platform's certificate"
        )
        #expect(settings.webHost == "127.0.0.1" && settings.webPort == 8_099)
        #expect(settings.journalRetentionDays == 7)
        #expect(settings.tickets.goodProbesToProve == 2 && settings.tickets.repairMilliseconds == 1_800_000)
        #expect(settings.webhook?.secretFile == "webhook.secret" && settings.mail?.port == 8_026)
        #expect(settings.maintainers["M-1"]?.mail == ["duty@example.invalid"])
        #expect(settings.verdictWaitMilliseconds == 60_000 + 3 * 20_000 + 10_000)
    }

    @Test(
        "where a stream's deadline leaves no time for a window, a warning names the place and the mend",
        arguments: [
            (
                "checks: {stream: {deadline_seconds: 4}}",
                ["wayside.yaml:1:37: checks.stream.deadline_seconds is 4", "write at least 5"]
            ),
            (
                "checks: {stream: {deadline_seconds: 11}}\nstreams: {window_seconds: 8}\n"
                    + "kinds: {camera: {stream: {interval_seconds: 60}}, encoder: {stream: {deadline_seconds: 11}}}",
                ["wayside.yaml:3:", "kinds.camera.stream.deadline_seconds is 10", "write at least 11"]
            ),
            (
                "devices: {C-1: {stream: {deadline_seconds: 3}}}",
                ["devices.C-1.stream.deadline_seconds is 3", "a window of 2 s needs 5 s"]
            ),
            ("organizations: {S: {stream: {deadline_seconds: 3}}}", ["organizations.S.stream.deadline"]),
            ("checks: {stream: {deadline_seconds: 5}, reach: {deadline_seconds: 1}}", []),
        ]
    )
    func warns(text: String, words: [String]) throws {
        let settings = try Settings.read(bytes: Array(text.utf8), name: "wayside.yaml")
        #expect(settings.warnings.count == (words.isEmpty ? 0 : 1))
        for part in words { #expect("\(settings.warnings)".contains(part), "\(settings.warnings)") }
    }

    @Test(
        "what is wrong is named with its place and its mend",
        arguments: [
            (
                "webb: {listen: x}",
                "wayside.yaml:1:1: unknown key \"webb\" in the file, the nearest known one is web"
            ),
            ("web: {listen: 8080}", "wayside.yaml:1:15: web.listen is \"8080\", write HOST:PORT"),
            (
                "streams: {window_seconds: 8}",
                "write at most 7, or set checks.stream.deadline_seconds to at least 11"
            ),
            ("streams: {window_room: 0}", "write a decimal from 0.001 to 1"),
            ("streams: {budgets: {kinds: {camera: {sessions: 1}}}}", "unknown key \"camera\""),
            ("streams: {budgets: {devices: {G: {sessions: 0}}}}", "write a whole number from 1 to 10000"),
            (
                "streams: {certificates: {devices: {CAM-1: trust}}}",
                "streams.certificates.devices.CAM-1 is \"trust\", write verify or report_only"
            ),
            ("status: {misses_to_confirm: 0}", "write a whole number from 1 to 20"),
            (
                "checks: {reach: {interval_seconds: 60, valid_for_seconds: 100}}",
                "valid_for_seconds must be at least twice"
            ),
            ("notices: {webhook: {url: http//x, secret_file: y}}", "notices.webhook.url is \"http//x\""),
            (
                "notices: {mail: {server: localhost, from: a@b.c}}",
                "write smtp://HOST:PORT or smtps://HOST:PORT"
            ),
        ]
    )
    func refuses(text: String, words: String) {
        do {
            _ = try Settings.read(bytes: Array(text.utf8), name: "wayside.yaml")
            Issue.record("it was taken")
        } catch {
            #expect("\(error)".contains(words), "\(error)")
        }
    }
}
