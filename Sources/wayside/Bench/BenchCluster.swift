internal import Foundation
internal import Synchronization
internal import UnixSignals
internal import WaysideStore

/// A private PostgreSQL for one measurement (基准数据库), stopped whatever ends the measurement: its end, an error, SIGTERM
/// or Ctrl-C.
struct BenchCluster {
    private enum State {
        case starting
        case running(PrivateCluster)
        /// We were told to stop, and the listener does the rest.
        case told
    }

    /// Where it lies.
    let folder: DataFolder
    /// Whether the folder is gone with the measurement.
    let isTemporary: Bool

    /// Where `kept` says, else in a temporary folder.
    init(keptIn kept: DataFolder?) {
        self.isTemporary = kept == nil
        self.folder =
            kept
            ?? DataFolder(
                FileManager.default.temporaryDirectory.appending(
                    path: "wayside-bench-\(ProcessInfo.processInfo.processIdentifier)"
                ).path(percentEncoded: false)
            )
    }

    /// Starts it, does the work, and stops it. When we are told to stop, the program ends here, as by that signal.
    func run<Result>(_ work: (PrivateCluster) async throws -> Result) async throws -> Result {
        let state = Mutex(State.starting)
        let signals = await UnixSignalsSequence(trapping: .sigint, .sigterm)
        let listener = Task {
            for await signal in signals {
                let started: PrivateCluster? = state.withLock { state in
                    defer { state = .told }
                    if case .running(let cluster) = state { return cluster }
                    return nil
                }
                if let started { self.end(started, by: signal) }
            }
        }
        defer { listener.cancel() }
        try self.folder.make()
        let cluster: PrivateCluster
        do {
            cluster = try PrivateCluster.start(
                PrivateClusterSettings(dataFolder: self.folder.path + "/bench"),
                logger: Logs.quiet
            )
        } catch {
            self.clear()
            throw error
        }
        let isTold = state.withLock { state in
            if case .told = state { return true }
            state = .running(cluster)
            return false
        }
        if isTold { self.end(cluster, by: .sigterm) }
        do {
            let result = try await work(cluster)
            self.stop(cluster)
            return result
        } catch {
            // What fails because the server was stopped under it is no finding, and the listener ends the program.
            if state.withLock({ if case .told = $0 { true } else { false } }) { await listener.value }
            self.stop(cluster)
            throw error
        }
    }

    private func end(_ cluster: PrivateCluster, by signal: UnixSignal) -> Never {
        Output.note("told to stop; stopping the private PostgreSQL")
        self.stop(cluster)
        _exit(128 + (signal == .sigint ? SIGINT : SIGTERM))
    }

    private func stop(_ cluster: PrivateCluster) {
        do {
            try cluster.stop()
        } catch {
            Output.note("wayside: \(error)")
        }
        self.clear()
    }

    private func clear() {
        // What is left of a temporary folder is nobody's figure.
        if self.isTemporary { try? FileManager.default.removeItem(atPath: self.folder.path) }
    }
}
