internal import Cryptography
internal import Synchronization

/// The vault's boxes, changed by one at a time.
final class GuardedBoxes: Sendable {
    private let boxes: Mutex<[String: SealedBox]>

    init(_ boxes: [String: SealedBox]) { self.boxes = Mutex(boxes) }

    var value: [String: SealedBox] { self.boxes.withLock { $0 } }

    /// Changes a copy, and keeps it unless the change throws.
    func change(_ body: (inout [String: SealedBox]) throws -> Void) throws {
        try self.boxes.withLock { boxes in
            var copy = boxes
            try body(&copy)
            boxes = copy
        }
    }
}
