import Logging
import MediaProbe
import SNMP
import Testing
import WaysideCore
import WaysideService

@testable import WaysideProbes

@Suite(.timeLimit(.minutes(3))) struct RealDeviceTests {
    private static let names = NameCache(lane: BlockingLane(name: "names", threadCount: 2))
    private static let lane = BlockingLane(name: "stream", threadCount: 32)

    private func device(_ number: Int64, _ change: (inout Device) -> Void) -> Device {
        var device = Device(
            id: DeviceID(number),
            key: "D\(number)",
            kind: .camera,
            name: "D",
            assignment: Assignment()
        )
        change(&device)
        return device
    }

    private func order(_ check: Check, _ deadline: Duration) -> ProbeOrder {
        ProbeOrder(device: DeviceID(1), check: check, deadline: deadline)
    }

    @Test("a real agent is up with its uptime; a wrong community and a closed port are down")
    func agent() async throws {
        let agent = try RealAgent()
        let engine = try SNMPEngine()
        let closed = try LoopbackSocket(.closed).port
        func verdict(_ port: UInt16, _ credential: String) async throws -> ProbeVerdict {
            let device = self.device(1) {
                ($0.address, $0.snmpCredential, $0.checks) = ("127.0.0.1:\(port)", credential, [.snmp])
            }
            let credentials = ProbeCredentials(
                snmp: ["right": .v2c(community: "right"), "wrong": .v2c(community: "wrong")]
            )
            let book = TargetBook([device.id: device], credentials: credentials)
            let prober = try SNMPProber(engine: engine, book: book, names: Self.names)
            return await prober.probe(self.order(.snmp, .milliseconds(1_500)))
        }
        let good = try await verdict(agent.port, "right")
        #expect(good.outcome == .up && good.cause == nil)
        #expect(good.values?.contains(#""uptime_ticks":"#) == true)
        #expect(good.values?.contains(#""name":"K12+300""#) == true)
        let wrong = try await verdict(agent.port, "wrong")
        #expect(wrong.outcome == .down && wrong.cause == .timeout)
        let refused = try await verdict(closed, "right")
        #expect(refused.outcome == .down && refused.cause == .refused)
        let none = try await verdict(agent.port, "absent")
        #expect(none.outcome == .unknown && none.cause == .collectorGap)
        await engine.close()
    }

    @Test("a real stream is up with what it is; a wrong password is abnormal; a closed port is down")
    func stream() async throws {
        let camera = try RealCamera(credential: "viewer secret")
        let book = TargetBook()
        let prober = StreamProber(book: book, lane: Self.lane)
        func verdict(_ url: String, password: String) async -> ProbeVerdict {
            let device = self.device(1) { $0.streamURL = url }
            book.replace(
                [device.id: device],
                credentials: ProbeCredentials(
                    stream: ["dome": MediaCredential(user: "viewer", password: password)]
                )
            )
            return await prober.probe(self.order(.stream, .seconds(20)))
        }
        let url = "rtsp://dome@127.0.0.1:\(camera.port)/camera"
        let good = await verdict(url, password: "secret")
        #expect(good.outcome == .up && good.cause == nil, "\(good)")
        #expect(good.values?.contains(#""codec":"h264","width":320,"height":240"#) == true)
        #expect(good.values?.contains(#""first_keyframe_ms":"#) == true)
        let wrong = await verdict(url, password: "wrong")
        #expect(wrong.outcome == .abnormal && wrong.cause == .authFailed)
        for text in [good.values, wrong.values] { #expect(text?.contains("secret") != true) }
        book.replace(
            [DeviceID(1): self.device(1) { $0.streamURL = "rtsp://127.0.0.1:\(camera.port)/camera" }],
            credentials: ProbeCredentials(stream: ["D1": MediaCredential(user: "viewer", password: "secret")])
        )
        #expect(await prober.probe(self.order(.stream, .seconds(20))).outcome == .up)
        let missing = await verdict("rtsp://dome@127.0.0.1:\(camera.port)/nothing", password: "secret")
        #expect(missing.outcome == .down && missing.cause == .notFound)
        let closed = try LoopbackSocket(.closed)
        let refused = await verdict("rtsp://127.0.0.1:\(closed.port)/camera", password: "secret")
        #expect(refused.outcome == .down && refused.cause == .refused)
    }

    @Test(
        "each hop is asked at its own address and in its own protocol; a sub stream stands in for a main one"
    )
    func hops() async throws {
        var device = self.device(1) {
            ($0.subStreamURL, $0.platformURL) = ("rtsp://192.0.2.1/sub", "https://192.0.2.2/cam.m3u8")
        }
        #expect(device.hops(of: .stream) == [.direct, .platform])
        #expect(device.streamURL(at: .direct) == "rtsp://192.0.2.1/sub")
        #expect(device.streamURL(at: .platform) == "https://192.0.2.2/cam.m3u8")
        #expect(device.streamURL(at: .recorder) == nil && device.streamURL(at: .gateway) == nil)
        let closed = try LoopbackSocket(.closed)
        for scheme in ["http", "https", "rtmp", "rtmps", "rtsp", "rtsps"] {
            device.streamURL = "\(scheme)://127.0.0.1:\(closed.port)/live/cam"
            let prober = StreamProber(book: TargetBook([device.id: device]), lane: Self.lane)
            let verdict = await prober.probe(self.order(.stream, .seconds(5)))
            #expect(verdict.outcome == .down && verdict.cause == .refused, "\(scheme): \(verdict)")
        }
    }

    @Test(
        "24 cameras that accept and never speak: all end at their deadline, one session each, the patrol goes on"
    )
    func silentCameras() async throws {
        let cameras = try (0..<24).map { _ in try SilentCamera() }
        defer { for camera in cameras { camera.stop() } }
        let cadence = try #require(
            CheckCadence(intervalMilliseconds: 1_500, recheckMilliseconds: 800, deadlineMilliseconds: 700)
        )
        var (devices, lines): ([DeviceID: Device], [PatrolTargets.Line]) = ([:], [])
        for (index, camera) in cameras.enumerated() {
            let device = self.device(Int64(index + 1)) {
                $0.streamURL = "rtsp://127.0.0.1:\(camera.port)/live"
                $0.platformURL = "rtsp://127.0.0.1:\(camera.port)/platform"
            }
            devices[device.id] = device
            for hop in [Hop.direct, .platform] {
                let track = TrackKey(device: device.id, check: .stream, hop: hop)
                lines.append(PatrolTargets.Line(track: track, cadence: cadence))
            }
        }
        let book = TargetBook(devices)
        let journal = Collector(wanted: 24 * 4)
        let (targets, sender) = AsyncStream.makeStream(of: PatrolTargets.self)
        sender.yield(PatrolTargets(lines: lines, devices: devices))
        var settings = PatrolSettings()
        settings.overrunMilliseconds = 3_000
        let patrol = PatrolService(
            settings: settings,
            targets: targets,
            prober: ProberTable([.stream: StreamProber(book: book, lane: Self.lane)]),
            journal: journal,
            clock: ContinuousClock(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }
        )
        try await withThrowingDiscardingTaskGroup { group in
            group.addTask { try await patrol.run() }
            await journal.untilEnough()
            group.cancelAll()
        }
        let seen = await journal.observations
        #expect(seen.allSatisfy { $0.outcome == .down && $0.cause == .timeout || $0.cause == .collectorGap })
        #expect(seen.filter { $0.cause == .timeout }.allSatisfy { $0.receivedAt - $0.at < 3_000 })
        #expect(Set(seen.map(\.device)).count == 24)
        #expect(cameras.allSatisfy { $0.most == 1 && $0.total >= 2 })
    }
}

/// A journal that tells when it holds enough observations.
private actor Collector: Journal {
    private(set) var observations: [Observation] = []
    private var position = JournalPosition.beginning
    private let wanted: Int
    private var waiting: [CheckedContinuation<Void, Never>] = []

    init(wanted: Int) { self.wanted = wanted }

    func append(_ entries: [JournalEntry], writtenAt: Timestamp) async throws -> JournalPosition {
        for case .observation(let observation) in entries { self.observations.append(observation) }
        if self.observations.count >= self.wanted {
            for continuation in self.waiting { continuation.resume() }
            self.waiting = []
        }
        self.position = self.position.next
        return self.position
    }

    func batch(atOrAfter position: JournalPosition) async throws -> JournalBatch? { nil }

    func untilEnough() async {
        if self.observations.count >= self.wanted { return }
        await withCheckedContinuation { self.waiting.append($0) }
    }
}
