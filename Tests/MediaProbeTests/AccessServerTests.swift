import Foundation
import Synchronization
import Testing

@testable import MediaProbe

@Suite("Servers that ask who we are", .serialized)
struct AccessServerTests {
    private static let secret = "s3cr3t!pa:ss"

    private func inspect(
        _ server: ScriptedServer,
        _ limits: MediaLimits = .brief(.seconds(3)),
        knowing hints: MediaHints = MediaHints(),
        scheme: String = "rtsp"
    ) throws -> MediaReport {
        let credential = MediaCredential(user: "admin", password: Self.secret)
        var target = try MediaTarget("\(scheme)://127.0.0.1:\(server.port)/camera", credential: credential)
        target.hints = hints
        let report = MediaProber().inspect(target, limits: limits)
        try expectNoSecret(Self.secret, in: report, target)
        return report
    }

    private static func digest(_ nonce: String, _ more: String = "") -> String {
        "WWW-Authenticate: Digest realm=\"x\", nonce=\"\(nonce)\"\(more)\r\n"
    }

    private func offers(_ server: ScriptedServer) -> Int {
        server.requests.withLock { requests in requests.count { $0.header("Authorization") != nil } }
    }

    @Test(
        "a wrong password is offered once, also where only SETUP or PLAY is guarded, and never to say goodbye",
        arguments: [("SETUP", 0), ("PLAY", 1)]
    )
    func guardedLate(method: String, farewells: Int) throws {
        let server = try ScriptedServer { client in
            client.serve { request in
                request.method == method || request.header("Authorization") != nil
                    ? ("401 Unauthorized", Self.digest("1")) : nil
            }
        }
        let report = try self.inspect(server)
        server.waitUntilLeft()
        #expect(report.verdict == .abnormal(.authenticationFailed) && report.failedStage == .auth)
        #expect(self.offers(server) == 1)
        #expect(server.count(method) == 2 && server.count("TEARDOWN") == farewells)
        // The answer was here: nothing is waited for.
        #expect(report.took < .seconds(1))
    }
}
