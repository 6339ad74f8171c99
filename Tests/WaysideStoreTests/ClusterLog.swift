import Logging
import Synchronization

/// What a cluster told its log.
final class ClusterLog: Sendable {
    private let collected = Mutex<[String]>([])

    /// The messages in order, without their metadata.
    var messages: [String] { self.collected.withLock { $0 } }

    var logger: Logger { Logger(label: "test") { _ in Handler(log: self) } }

    private struct Handler: LogHandler {
        let log: ClusterLog
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.MetadataValue? {
            get { self.metadata[key] }
            set { self.metadata[key] = newValue }
        }

        func log(event: LogEvent) { self.log.collected.withLock { $0.append(event.message.description) } }
    }
}
