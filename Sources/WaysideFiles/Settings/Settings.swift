public import WaysideCore

/// How this machine runs (设置): one typed value, filled once and checked before anything starts.
///
/// Keys of `wayside.yaml`, all optional:
/// - `checks.CHECK.interval_seconds` (int, 1...86400): from one probe to the next; CHECK is reach, snmp, stream,
///   picture or recording. Defaults by check: 60, 60, 300, 1800, 3600.
/// - `checks.CHECK.recheck_seconds` (int): after a miss until confirmed or well again. Defaults: 20, 20, 30, 120, 600.
/// - `checks.CHECK.deadline_seconds` (int, 1...3600): a probe's longest time. Defaults: 5, 5, 10, 20, 30.
/// - `checks.CHECK.valid_for_seconds` (int, at least 2 × interval): how long an answer speaks; default
///   2 × interval + deadline.
/// - `kinds.KIND.CHECK.…`, `organizations.KEY.CHECK.…`, `devices.KEY.CHECK.…`: the same for some devices only; the
///   narrowest holds.
/// - `status.misses_to_confirm` (int, default 3, 1...20), `status.hits_to_recover` (int, default 1, 1...20): for the
///   live view and tickets; a rate uses its rule's own.
/// - `self_doubt.control_targets` (list of addresses, default none): when all are silent, the fault is ours.
/// - `self_doubt.share` (decimal, default 0.500): when more than this share of unrelated devices that were well fails
///   at once, the fault is ours.
/// - `streams.budgets.kinds.KIND.sessions` (int, 1...10000), `….bitrate_kbps` (int, 1...10000000): what our probes may
///   use at once of each device of that kind that a camera's own stream passes; KIND is recorder, gateway or link.
///   Defaults: 8 and 32768, 32 and 65536, 64 and 131072. `streams.budgets.devices.KEY.…`: the same for one device.
/// - `streams.sessions` (int, 1...1024, default 512): sessions of ours under way at once in all; each takes a thread.
/// - `streams.platform_sessions` (int, 1...1024, default 128): those at one platform's server.
/// - `streams.usual_bitrate_kbps` (int, 1...1000000, default 4096): what a stream is taken to carry until measured.
/// - `streams.busy_pause_seconds` (int, 60...86400, default 900): how long a camera that was busy is left to its viewers
///   while the copy at its platform_url plays. Once it plays again, every other turn is left to them for some hours.
/// - `streams.credential_pause_seconds` (int, 60...86400, default 900): how long other channels of a server do not try a
///   credential that it refused; doubled up to twice where the account is locked.
/// - `streams.session_raise_seconds` (int, 600...604800, default 14400): how long a session limit that was learned from
///   refusals holds before it is raised by one, and a camera that was busy is asked in every other turn only.
/// - `streams.window_seconds` (int, 2...60, default 2), `streams.window_every_seconds` (int, 60...86400, default 1800):
///   how long and how often quality is measured; where the stream's deadline is less than the window and 3 s, it is
///   not, and a warning says so.
/// - `streams.window_room` (decimal, default 0.750): when a budget or our sessions are used above this share, no window is
///   measured.
/// - `streams.loss_above` (decimal, default 0.010), `streams.loss_packets_from` (int, 1...10000, default 3),
///   `streams.bitrate_below_kbps` (int, 0...1000000, default 32), `streams.timestamp_jumps_from` (int, 1...1000,
///   default 1): what makes a measured stream abnormal: loss_high, bitrate_low, timestamps_jump.
/// - `streams.certificates.policy` (`verify` or `report_only`, default `verify`): whether the certificate of an rtsps,
///   https or rtmps stream must verify; `streams.certificates.devices.KEY`: the same for a camera's own streams;
///   `streams.certificates.authorities`: a file of certificates in PEM that are trusted beside the system's, relative to
///   this file.
/// - `web.listen` (`HOST:PORT`, default `127.0.0.1:8080`): a loopback address.
/// - `traps.port` (int, 1...65535, default none): listens there for SNMP traps and informs (usually 162), as hints to ask
///   a device at once.
/// - `journal.retention_days` (int, default 30, 1...3660): how long raw observations are kept.
/// - `health.value_days` (int, default 90, 1...3660), `health.five_minute_days` (int, default 90), `health.hour_days`
///   (int, default 400): how long health history is kept, as single values and as sums.
/// - `tickets.hits_to_close` (int, default 3), `tickets.repair_within_seconds` (int, default 86400),
///   `tickets.warn_at` (decimal, default 0.800), `tickets.verdict_wait_seconds` (int; default covers an upstream's
///   confirmation), `tickets.recurrence_days` (int, default 7), `tickets.owners_word_required` (bool, default false).
/// - `notices.webhook.url`, `notices.webhook.secret_file`: where webhooks go and the file that holds the HMAC key.
/// - `notices.mail.server` (`smtp://HOST:PORT`, `smtps://…`), `notices.mail.from`, `notices.mail.user`,
///   `notices.mail.password_file`, `notices.mail.start_tls` (bool, default false).
/// - `notices.maintainers.KEY.webhook` (bool), `notices.maintainers.KEY.mail` (list of addresses).
public struct Settings: Sendable {
    /// Who is told how.
    public struct MaintainerNotices: Hashable, Sendable {
        /// Whether by webhook.
        public var webhook = false
        /// The mail addresses; empty for none.
        public var mail: [String] = []
    }

    /// Where webhooks go.
    public struct Webhook: Hashable, Sendable {
        /// An absolute URL.
        public var url: String
        /// The file that holds the HMAC key; relative to the settings file.
        public var secretFile: String
    }

    /// Through which server mails go.
    public struct Mail: Hashable, Sendable {
        /// The server's name or address.
        public var host: String
        /// Its port.
        public var port: Int
        /// Whether TLS begins at once (`smtps`).
        public var isImplicitTLS: Bool
        /// Whether TLS is begun by STARTTLS.
        public var startsTLS: Bool
        /// Who sends.
        public var from: String
        /// The name to log in with.
        public var user: String?
        /// The file that holds the password; relative to the settings file.
        public var passwordFile: String?
    }

    /// How often each check is asked.
    public var cadences = CadenceTable()
    /// Misses in a row that confirm an outage in the live view.
    public var missesToConfirm = 3
    /// Hits in a row that end one in the live view.
    public var hitsToRecover = 1
    /// When all of these are silent, the fault is ours.
    public var controlTargets: [String] = []
    /// The share of unrelated devices, in thousandths, above which a common failure is ours.
    public var selfDoubtThousandths: Int64 = 500
    /// How gently streams are asked.
    public var courtesy = CourtesySettings()
    /// What is made of certificates that streams show.
    public var certificates = StreamCertificates()
    /// Where the console listens.
    public var webHost = "127.0.0.1"
    /// On which TCP port.
    public var webPort = 8_080
    /// Where SNMP traps are heard; `nil` for nowhere.
    public var trapPort: UInt16?
    /// How many days raw observations are kept.
    public var journalRetentionDays: Int64 = 30
    /// How many days single values of health history are kept.
    public var healthValueDays: Int64 = 90
    /// How many days its sums of five minutes are kept.
    public var healthFiveMinuteDays: Int64 = 90
    /// How many days its sums of hours are kept.
    public var healthHourDays: Int64 = 400
    /// When tickets open and close.
    public var tickets = TicketPolicy()
    /// Whether the settings name a bound for the verdict wait; otherwise it follows from the cadences.
    public var namesVerdictWait = false
    /// Where webhooks go; `nil` for nowhere.
    public var webhook: Webhook?
    /// Through which server mails go; `nil` for none.
    public var mail: Mail?
    /// By the maintainer's key.
    public var maintainers: [String: MaintainerNotices] = [:]
    /// What in their file may be meant so, and may be not: each with its place and its mend.
    public var warnings: [FileProblem] = []

    /// The defaults.
    public init() {}

    /// How long an outage waits at most for the verdict on its upstreams: an upstream's confirmation takes its
    /// interval, the re-checks and the deadlines.
    public var verdictWaitMilliseconds: Int64 {
        if self.namesVerdictWait { return self.tickets.verdictWaitMilliseconds }
        let times = [Check.reach, .snmp].map { check in
            let cadence = self.cadences.byCheck[check] ?? .usual(check)
            return cadence.intervalMilliseconds + Int64(self.missesToConfirm - 1)
                * cadence.recheckMilliseconds
                + 2 * cadence.deadlineMilliseconds
        }
        return times.max() ?? 120_000
    }
}
