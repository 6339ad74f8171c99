import MediaProbe
import SNMP
import Testing
import WaysideCore

@testable import WaysideProbes

@Suite struct VerdictRulesTests {
    @Test("every cause of a stream becomes the outcome of the table", arguments: MediaCause.allCases)
    func stream(cause: MediaCause) {
        let ruling = VerdictRules.stream(MediaVerdict(cause))
        let expected: (Outcome, Cause) =
            switch cause {
            case .timeout: (.down, .timeout)
            case .refused: (.down, .refused)
            case .unreachable: (.down, .unreachable)
            case .dns: (.down, .dns)
            case .tlsFailed: (.down, .tlsFailed)
            case .notFound: (.down, .notFound)
            case .protocolError: (.down, .protocolError)
            case .noMedia: (.down, .noMedia)
            case .noKeyFrame: (.down, .noKeyframe)
            case .stalePlaylist: (.down, .stalePlaylist)
            case .unsupportedCodec: (.abnormal, .unsupportedCodec)
            case .certificateInvalid: (.abnormal, .certificateInvalid)
            case .authenticationFailed: (.abnormal, .authFailed)
            case .lossHigh: (.abnormal, .lossHigh)
            case .bitrateLow: (.abnormal, .bitrateLow)
            case .timestampsJump: (.abnormal, .timestampsJump)
            case .lockedOut: (.unknown, .lockedOut)
            case .busy: (.unknown, .busy)
            case .selfOverloaded: (.unknown, .selfOverloaded)
            case .selfNetwork: (.unknown, .selfNetwork)
            case .collectorGap: (.unknown, .collectorGap)
            }
        #expect(ruling == VerdictRules.Ruling(outcome: expected.0, cause: expected.1))
    }

    @Test("media that arrives is up, with no cause")
    func media() { #expect(VerdictRules.stream(.up) == .up) }

    @Test("every end of a question to an agent becomes the outcome of the table")
    func snmp() {
        let one: OID = [1, 3, 6, 1, 2, 1, 1, 3, 0]
        let two: OID = [1, 3, 6, 1, 2, 1, 1, 5, 0]
        let took = Duration.milliseconds(3)
        let table: [(SNMPAnswer, Outcome, Cause?)] = [
            (
                .response(
                    [VarBind(name: one, value: .timeTicks(1)), VarBind(name: two, value: .noSuchObject)],
                    took: took
                ), .up, nil
            ),
            (.response([VarBind(name: one, value: .timeTicks(1))], took: took), .abnormal, .partialAnswer),
            (.agentError(.noSuchName, index: 1, took: took), .up, nil),
            (.agentError(.authorizationError, index: 0, took: took), .abnormal, .authFailed),
            (.agentError(.noAccess, index: 0, took: took), .abnormal, .authFailed),
            (.malformed(.unasked(two), took: took), .abnormal, .partialAnswer),
            (.silent, .down, .timeout),
            (.refused(took: took), .down, .refused),
            (.unreachable("no route"), .down, .unreachable),
            (.sendFailed("x"), .unknown, .selfNetwork),
            (.overloaded, .unknown, .selfOverloaded),
            (.unsupported("v3"), .unknown, .collectorGap),
            (.cancelled, .unknown, .collectorGap),
            (.engineClosed, .unknown, .collectorGap),
        ]
        for (answer, outcome, cause) in table {
            #expect(
                VerdictRules.snmp(answer, asked: [one, two])
                    == VerdictRules.Ruling(outcome: outcome, cause: cause)
            )
        }
    }

    @Test("every end of a question to a host becomes the outcome of the table")
    func reach() {
        let table: [(ReachAnswer, Outcome, Cause?)] = [
            (.answered(port: 0, roundTrip: .zero, tries: 1), .up, nil),
            (.refused(port: 80, roundTrip: .zero), .up, .refused),
            (.silent(tries: 3), .down, .timeout),
            (.unreachable("x"), .down, .unreachable),
            (.noRoute("x"), .unknown, .selfNetwork),
            (.exhausted("x"), .unknown, .selfOverloaded),
            (.closed, .unknown, .collectorGap),
        ]
        for (answer, outcome, cause) in table {
            #expect(VerdictRules.reach(answer) == VerdictRules.Ruling(outcome: outcome, cause: cause))
        }
    }

    @Test(
        "three refusals in a row with nothing else are abnormal; our own faults neither count nor break the row"
    )
    func refusals() {
        let busy = VerdictRules.Ruling(.busy, .stream)
        let ours = VerdictRules.Ruling(.selfOverloaded, .stream)
        var count = RefusalCount()
        #expect([busy, busy, ours].map { count.judge($0).outcome } == [.unknown, .unknown, .unknown])
        #expect(count.judge(busy) == VerdictRules.Ruling(outcome: .abnormal, cause: .busy))
        #expect(count.judge(.up) == .up)
        #expect(count.judge(busy).outcome == .unknown)
    }

    @Test("what is measured becomes JSON, whatever a device calls itself")
    func values() {
        var values = ProbeValues()
        #expect(values.text == nil)
        values.add("name", "a\"b\\c\u{1}渝")
        values.add("count", 3)
        values.add(milliseconds: "took_ms", .microseconds(1_234_499))
        values.add(milliseconds: "jitter_ms", .microseconds(500))
        values.add("absent", nil as String?)
        #expect(values.text == #"{"name":"a\"b\\c\u0001渝","count":3,"took_ms":1234,"jitter_ms":1}"#)
    }

    @Test(
        "an address is a host with or without a port",
        arguments: [
            ("192.0.2.1", "192.0.2.1", nil), ("cam-1.example:8554", "cam-1.example", 8_554),
            ("[2001:db8::1]:80", "2001:db8::1", 80), ("[2001:db8::1]", "2001:db8::1", nil),
            ("2001:db8::1", "2001:db8::1", nil),
        ] as [(String, String, UInt16?)]
    )
    func address(text: String, host: String, port: UInt16?) throws {
        let place = try #require(HostPort(text))
        #expect(place.host == host && place.port == port)
    }

    @Test("only a user without a password names a credential")
    func user() {
        #expect(StreamProber.user(of: "rtsp://dome-viewer@192.0.2.1/live") == "dome-viewer")
        #expect(StreamProber.user(of: "rtsp://a:b@192.0.2.1/live") == nil)
        #expect(StreamProber.user(of: "rtsp://192.0.2.1/li@ve") == nil)
    }

    @Test("echo messages survive the wire, and what was not delivered names the question")
    func echo() {
        let token = [UInt8](1...16)
        let message = EchoMessage(identifier: 0x1234, sequence: 0xABCD, token: token)
        var bytes = message.request(isIPv6: false)
        #expect(EchoMessage.checksum(bytes) == 0)
        bytes[0] = 0
        #expect(EchoMessage.read(bytes[...], isIPv6: false) == .reply(message))
        let request = message.request(isIPv6: false)
        let header: [UInt8] = [0x45, 0, 0, 44, 0, 0, 0, 0, 64, 1, 0, 0, 127, 0, 0, 1, 192, 0, 2, 9]
        let error = [3, 1, 0, 0, 0, 0, 0, 0] + header + request[..<8]
        #expect(
            EchoMessage.read(error[...], isIPv6: false)
                == .undelivered(identifier: 0x1234, sequence: 0xABCD, to: [192, 0, 2, 9], code: 1)
        )
        for length in error.indices { _ = EchoMessage.read(error[..<length], isIPv6: false) }
    }
}
