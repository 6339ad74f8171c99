public import WaysideCore

/// A file of observations (观测文件): one JSON object a line, as `wayside journal export` writes it.
///
/// The lines are scanned in place, without a general JSON decoder, and never all held at once. Keys may stand in any
/// order; one that is not known is passed over; `null` is the same as an absent key; of a key that stands twice the
/// last one counts. Times are cut to the millisecond. Empty lines are passed over.
public enum ObservationFile {
    /// What a line holds.
    public enum Record: Hashable, Sendable {
        /// What a probe saw.
        case observation(Observation)
        /// A stretch of our own fault.
        case void(VoidRecord)
    }

    /// How much was read.
    public struct Summary: Hashable, Sendable {
        /// Lines with an observation; 0 or more.
        public var observations = 0
        /// Lines with a void; 0 or more.
        public var voids = 0
    }

    /// Reads the whole file, and calls `each` for every line in the order of the file.
    ///
    /// - Throws: ``FilesError`` when the file cannot be read or has bad lines, of which the first twenty are told; the
    ///   good ones before them were handed out by then. What `each` throws ends the reading.
    @discardableResult
    public static func read(
        _ path: String,
        devices: DeviceKeys,
        each: (Record) throws -> Void
    ) throws -> Summary {
        try self.scan(
            path,
            devices: devices,
            each: { line, scanner in try each(.observation(try line.observation(scanner))) },
            void: { try each(.void($0)) }
        )
    }

    /// Reads only what a rate depends on, which is faster: no string is made for any observation.
    ///
    /// - Throws: as ``read(_:devices:each:)`` does.
    @discardableResult
    public static func readLines(
        _ path: String,
        devices: DeviceKeys,
        each: (ObservationLine) throws -> Void,
        void: (VoidRecord) throws -> Void
    ) throws -> Summary {
        try self.scan(path, devices: devices, each: { line, _ in try each(line.essence) }, void: void)
    }

    private static func scan(
        _ path: String,
        devices: DeviceKeys,
        each: (ScannedObservation, JSONScanner) throws -> Void,
        void: (VoidRecord) throws -> Void
    ) throws -> Summary {
        var lines = try LineReader(path)
        var (summary, problems): (Summary, [FileProblem]) = (Summary(), [])
        var reader = ObservationScanner(devices: devices)
        while let (bytes, count) = try lines.next() {
            var scanner = JSONScanner(base: bytes, end: count)
            scanner.skipBlanks()
            if scanner.index == count { continue }
            do {
                if let observation = try reader.observation(&scanner) {
                    summary.observations += 1
                    try each(observation, scanner)
                } else {
                    var again = JSONScanner(base: bytes, end: count)
                    try void(reader.void(&again))
                    summary.voids += 1
                }
            } catch let fault as JSONFault {
                guard problems.count < self.mostProblems else {
                    throw FilesError(.parse, file: path, problems: problems, unlisted: 1)
                }
                problems.append(
                    FileProblem(file: path, row: lines.number, wrong: fault.wrong, mend: fault.mend)
                )
            }
        }
        guard problems.isEmpty else { throw FilesError(.parse, file: path, problems: problems) }
        return summary
    }

    /// So many bad lines are told; whoever has more mends these first.
    private static let mostProblems = 20
}

/// What a rate depends on of one observation.
public struct ObservationLine: Hashable, Sendable {
    /// Who was asked.
    public var device: DeviceID
    /// When the probe set out.
    public var at: Timestamp
    /// When we knew.
    public var receivedAt: Timestamp
    /// Which collector asked; a string that all its lines share.
    public var collector: String
    /// What was asked.
    public var check: Check
    /// Where it was asked.
    public var hop: Hop
    /// What it said.
    public var outcome: Outcome
}
