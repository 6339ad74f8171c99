import Glibc
import Synchronization
import Testing
import WaysideCore
import WaysideService

@testable import WaysideProbes

@Suite(.timeLimit(.minutes(1))) struct ReachProberTests {
    private static let lane = BlockingLane(name: "names", threadCount: 2)

    private func device(_ number: Int64, _ address: String) -> Device {
        var device = Device(
            id: DeviceID(number),
            key: "D\(number)",
            kind: .camera,
            name: "D",
            assignment: Assignment()
        )
        device.address = address
        device.checks = [.reach]
        return device
    }

    private func probe(_ address: String, usesEcho: Bool, within limit: Duration) async throws -> ProbeVerdict
    {
        let book = TargetBook([DeviceID(1): self.device(1, address)])
        let prober = try ReachProber(book: book, names: NameCache(lane: Self.lane), usesEcho: usesEcho)
        return await prober.probe(ProbeOrder(device: DeviceID(1), check: .reach, deadline: limit))
    }

    @Test("a port that accepts is up, and the values say how it was asked")
    func open() async throws {
        let server = try LoopbackSocket(.listening)
        let verdict = try await self.probe("127.0.0.1:\(server.port)", usesEcho: true, within: .seconds(5))
        #expect(verdict.outcome == .up && verdict.cause == nil)
        #expect(verdict.values?.hasPrefix(#"{"method":"tcp","port":\#(server.port)"#) == true)
    }

    @Test("a host that refuses answers: it is up")
    func refused() async throws {
        let server = try LoopbackSocket(.closed)
        let verdict = try await self.probe("127.0.0.1:\(server.port)", usesEcho: false, within: .seconds(5))
        #expect(verdict.outcome == .up && verdict.cause == .refused)
    }

    @Test("a port that swallows everything is down at the deadline, not later")
    func blackHole() async throws {
        let server = try LoopbackSocket(.listening, host: "127.0.0.9", backlog: 0)
        server.fill(host: "127.0.0.9")
        let began = ContinuousClock.now
        let verdict = try await self.probe(
            "127.0.0.9:\(server.port)",
            usesEcho: false,
            within: .milliseconds(700)
        )
        #expect(verdict.outcome == .down && verdict.cause == .timeout)
        #expect(ContinuousClock.now - began >= .milliseconds(600))
        #expect(verdict.took.map { $0 < .seconds(3) } == true)
    }

    @Test("a name that does not exist is a matter of the name, not of us")
    func noSuchHost() async throws {
        let names = NameCache(lane: Self.lane, goodFor: .seconds(60), badFor: .seconds(60)) { _ in
            .failure(.noSuchHost)
        }
        let book = TargetBook([DeviceID(1): self.device(1, "nowhere.invalid")])
        let prober = try ReachProber(book: book, names: names, usesEcho: false)
        let verdict = await prober.probe(
            ProbeOrder(device: DeviceID(1), check: .reach, deadline: .seconds(5))
        )
        #expect(verdict.outcome == .down && verdict.cause == .dns)
    }

    @Test(
        "where ICMP is allowed an echo on loopback is answered, over IPv4 and IPv6",
        arguments: ["127.0.0.1", "::1"]
    )
    func echo(host: String) async throws {
        let loop = try ReachLoop()
        defer { loop.close() }
        guard host == "::1" ? loop.allowsEcho.ipv6 : loop.allowsEcho.ipv4 else {
            print("ICMP echo is not allowed here: \(host) is not tried")
            return
        }
        let verdict = try await self.probe(host, usesEcho: true, within: .seconds(5))
        if verdict.cause == .selfNetwork, host == "::1" {
            print("no IPv6 on this machine")
            return
        }
        #expect(verdict.outcome == .up && verdict.cause == nil)
        #expect(verdict.values?.contains(#""method":"icmp""#) == true)
    }

    @Test("500 hosts at once share one socket and each gets its own answer")
    func many() async throws {
        let loop = try ReachLoop()
        defer { loop.close() }
        guard loop.allowsEcho.ipv4 else {
            print("ICMP echo is not allowed here: 500 hosts are not tried")
            return
        }
        let answers = await withTaskGroup(of: Bool.self) { group in
            for number in 1...500 {
                group.addTask {
                    guard let host = HostAddress("127.1.\(number / 250).\(number % 250 + 1)") else {
                        return false
                    }
                    guard case .answered = await loop.ask(host, .echo, within: .seconds(5)) else {
                        return false
                    }
                    return true
                }
            }
            return await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
        }
        #expect(answers == 500)
    }

    @Test("whoever is cancelled is answered at once")
    func cancelled() async throws {
        let loop = try ReachLoop(usesEcho: false)
        defer { loop.close() }
        let server = try LoopbackSocket(.listening, host: "127.0.0.10", backlog: 0)
        server.fill(host: "127.0.0.10")
        let host = try #require(HostAddress("127.0.0.10"))
        let task = Task { await loop.ask(host, .connect([server.port]), within: .seconds(600)) }
        task.cancel()
        #expect(await task.value == .closed)
    }

    @Test("a name is asked once for all who want it, and remembered")
    func names() async throws {
        let calls = Counter()
        let found = NameCache.Answer.success(try #require(HostAddress("192.0.2.7")))
        let names = NameCache(lane: Self.lane, goodFor: .seconds(60), badFor: .seconds(60)) { _ in
            calls.add()
            return found
        }
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    #expect(await names.address(of: "cam.example", within: .seconds(30)) == found)
                }
            }
        }
        #expect(calls.value == 1)
    }

    @Test("who waits for a name that nobody resolves leaves at the deadline")
    func hangingResolver() async throws {
        let gate = LoopbackSocket.Pipe()
        let lane = BlockingLane(name: "hang", threadCount: 1)
        let names = NameCache(lane: lane, goodFor: .seconds(60), badFor: .seconds(60)) { _ in
            gate.wait()
            return .failure(.nobodySaid)
        }
        #expect(await names.address(of: "cam.example", within: .milliseconds(50)) == .failure(.nobodySaid))
        gate.open()
        lane.close()
    }

    @Test("silent control targets say nothing until they have answered once")
    func controls() async throws {
        let reach = try ReachProber(book: TargetBook(), names: NameCache(lane: Self.lane), usesEcho: false)
        #expect(await ControlTargets([], reach: reach).answered() == nil)
        let server = try LoopbackSocket(.listening, host: "127.0.0.11", backlog: 0)
        let targets = ControlTargets(["127.0.0.11:\(server.port)"], reach: reach, within: .milliseconds(300))
        let never = try LoopbackSocket(.listening, host: "127.0.0.12", backlog: 0)
        never.fill(host: "127.0.0.12")
        let silent = ControlTargets(["127.0.0.12:\(never.port)"], reach: reach, within: .milliseconds(300))
        #expect(await silent.answered() == nil)
        #expect(await targets.answered() == true)
        server.fill(host: "127.0.0.11")
        #expect(await targets.answered() == false)
    }
}

final class Counter: Sendable {
    private let count = Mutex(0)
    var value: Int { self.count.withLock { $0 } }
    func add() { self.count.withLock { $0 += 1 } }
}

extension LoopbackSocket {
    /// Holds a thread until it is opened.
    final class Pipe: Sendable {
        private let ends: (Int32, Int32)

        init() {
            var ends: [Int32] = [-1, -1]
            pipe(&ends)
            self.ends = (ends[0], ends[1])
        }

        deinit {
            close(self.ends.0)
            close(self.ends.1)
        }

        func wait() {
            var byte: UInt8 = 0
            _ = read(self.ends.0, &byte, 1)
        }

        func open() {
            var byte: UInt8 = 1
            _ = write(self.ends.1, &byte, 1)
        }
    }
}
