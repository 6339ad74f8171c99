import Foundation
import Synchronization
import Testing

@testable import MediaProbe

// Many of them.
extension StubbornServerTests {
    @Test("sixty of them at once are all left in time")
    func manyAtOnce() throws {
        let server = try ScriptedServer { $0.listenSilently() }
        let target = try MediaTarget(server.address)
        let took = Mutex<[Duration]>([])
        let group = DispatchGroup()
        for _ in 0..<60 {
            group.enter()
            Thread {
                let report = MediaProber().inspect(target, limits: .brief(.seconds(1)))
                took.withLock { $0.append(report.took) }
                group.leave()
            }.start()
        }
        group.wait()
        #expect(took.withLock { $0.count } == 60)
        #expect(took.withLock { $0.max() ?? .zero } < .milliseconds(1_300))
    }
}
