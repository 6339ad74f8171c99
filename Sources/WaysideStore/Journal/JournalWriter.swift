internal import WaysideCore

/// The one who writes the journal, on a thread of its own.
actor JournalWriter {
    private let folder: String
    private let settings: JournalSettings
    private let thread: FileThread
    private let tail: JournalTail
    private let catalog: DeviceCatalog
    private let lock: JournalLock
    /// The segment written to; `nil` when the next batch begins one.
    private var file: OpenFile?
    /// How much of it is safe, in bytes.
    private var length: Int64 = 0
    private var isClosed = false

    nonisolated var unownedExecutor: UnownedSerialExecutor { self.thread.asUnownedSerialExecutor() }

    init(
        _ opening: consuming sending JournalOpening,
        settings: JournalSettings,
        thread: FileThread,
        tail: JournalTail
    ) {
        self.folder = opening.folder
        self.settings = settings
        self.thread = thread
        self.tail = tail
        self.catalog = opening.catalog
        self.lock = opening.lock
        self.file = opening.file
        self.length = opening.length
    }

    var keys: [DeviceID: String] { self.catalog.keys }

    func register(_ devices: [(id: DeviceID, key: String)]) throws(JournalError) {
        try self.checkOpen(.register)
        try self.catalog.register(devices)
    }

    func append(_ entries: [JournalEntry], writtenAt: Timestamp) throws(JournalError) -> JournalPosition {
        try self.checkOpen(.append)
        try self.checkDevices(entries)
        let tail = self.tail.now
        let instant = max(writtenAt, tail.lastWrittenAt)
        let frame = try self.frame(entries, at: tail.end, writtenAt: instant)
        if let file = self.file, self.hasRoom(frame.count, at: instant, in: tail.segments.last) {
            try self.add(frame, to: file)
            self.tail.publish { contents in
                contents.activeLength = self.length
                contents.end = tail.end.next
                contents.lastWrittenAt = instant
            }
        } else {
            try self.begin(JournalSegment(first: tail.end, startedAt: instant, isPacked: false), with: frame)
        }
        return tail.end
    }

    /// Lets waiting readers know that no more comes, and gives the lock back.
    func close() {
        guard !self.isClosed else { return }
        self.isClosed = true
        self.file = nil
        self.lock.release()
        self.tail.publish { $0.isClosed = true }
    }

    private func frame(
        _ entries: [JournalEntry],
        at position: JournalPosition,
        writtenAt: Timestamp
    ) throws(JournalError) -> [UInt8] {
        let payload = BatchCoding.encode(entries, writtenAt: writtenAt)
        guard payload.count <= BatchFrame.longestPayload else {
            throw JournalError(
                .append,
                path: self.folder,
                reason: "a batch of \(payload.count) bytes is longer than \(BatchFrame.longestPayload)"
            )
        }
        return BatchFrame.bytes(position: position, writtenAt: writtenAt, payload: payload)
    }

    private func checkOpen(_ operation: JournalError.Operation) throws(JournalError) {
        guard !self.isClosed else {
            throw JournalError(operation, path: self.folder, reason: "the journal is closed")
        }
    }

    /// A device that the catalog does not name could not be exported.
    private func checkDevices(_ entries: [JournalEntry]) throws(JournalError) {
        for case .observation(let observation) in entries where self.catalog.keys[observation.device] == nil {
            throw JournalError(
                .append,
                path: self.folder,
                reason: "device \(observation.device) was not registered before its first observation"
            )
        }
    }

    /// A segment ends when it is full and when its local day does.
    private func hasRoom(_ count: Int, at instant: Timestamp, in segment: JournalSegment?) -> Bool {
        guard let segment else { return false }
        return self.length + Int64(count) <= self.settings.segmentBytes
            && ServiceDay(containing: segment.startedAt) == ServiceDay(containing: instant)
    }

    private func add(_ frame: [UInt8], to file: OpenFile) throws(JournalError) {
        var isWritten = false
        do {
            try file.write(frame, at: self.length)
            isWritten = true
            try file.syncData()
        } catch {
            // After a sync that failed nobody knows what the disk holds, so this segment is written to no
            // more.
            let isCut = (try? file.truncate(to: self.length)) != nil
            if isWritten || !isCut {
                self.file = nil
                self.tail.publish { contents in
                    contents.segments[contents.segments.count - 1].goodLength = self.length
                    // The batch may lie on the disk under its position: no other may get that.
                    contents.end = contents.end.next
                }
            }
            throw JournalError(.append, error)
        }
        self.length += Int64(frame.count)
    }

    private func begin(_ segment: JournalSegment, with frame: [UInt8]) throws(JournalError) {
        let path = "\(self.folder)/\(segment.name)"
        do throws(SystemError) {
            let file = try OpenFile(path, for: .creating)
            do throws(SystemError) {
                let bytes = segment.header + frame
                try file.write(bytes, at: 0)
                try file.syncData()
                try StoreFolder.sync(self.folder)
                (self.file, self.length) = (file, Int64(bytes.count))
            } catch {
                // If its name cannot be taken away, opening the journal again will find what is whole of it.
                try? StoreFolder.remove(path)
                throw error
            }
        } catch {
            self.tail.publish { $0.end = $0.end.next }
            throw JournalError(.append, error)
        }
        self.tail.publish { contents in
            contents.segments.append(segment)
            contents.activeLength = self.length
            contents.end = segment.first.next
            contents.lastWrittenAt = segment.startedAt
        }
    }
}
