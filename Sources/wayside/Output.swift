internal import ArgumentParser
internal import Glibc
internal import WaysideReports

/// How an answer is printed.
enum Format: String, ExpressibleByArgument, CaseIterable {
    case table
    case json
    case csv
}

/// The two ways out: answers go to standard output, everything else to standard error.
enum Output {
    /// Prints a line of the answer.
    static func say(_ text: String) { self.write(text + "\n", to: STDOUT_FILENO) }

    /// Prints a text of the answer as it is.
    static func print(_ text: String) { self.write(text, to: STDOUT_FILENO) }

    /// Prints a line that is no answer: progress, warnings, errors.
    static func note(_ text: String) { self.write(text + "\n", to: STDERR_FILENO) }

    /// Prints the table in the asked form.
    static func print(_ table: Table, as format: Format) {
        switch format {
        case .table: self.print(table.text)
        case .json: self.say(table.json.pretty)
        case .csv: self.print(table.csv)
        }
    }

    /// All of it, or the end: whoever reads may have gone, and then nobody needs the rest.
    static func write(_ text: String, to descriptor: Int32) {
        self.write(bytes: Array(text.utf8), to: descriptor)
    }

    private static func lose(_ code: Int32) -> Never {
        self.note(
            "wayside: the answer cannot be written: \(String(cString: strerror(code))); give it another place"
        )
        _exit(Ending.ours.rawValue)
    }

    /// All of it, or the end.
    static func write(bytes: [UInt8], to descriptor: Int32) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let written = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if written < 0 {
                if errno == EINTR || errno == EAGAIN { continue }
                // A full disk, or an answer that nobody can get: not to be taken for one that was given.
                if descriptor == STDOUT_FILENO, errno != EPIPE { self.lose(errno) }
                return
            }
            rest = rest.dropFirst(written)
        }
    }
}

/// How the program ends, beside 0 for "done".
enum Ending {
    /// The answer is no, down, or differs.
    static let no = ExitCode(1)
    /// Asked wrongly.
    static let asked = ExitCode(2)
    /// Our own fault.
    static let ours = ExitCode(3)

    /// Says what was asked wrongly, and ends.
    static func asked(_ words: String) -> ExitCode {
        Output.note("wayside: " + words)
        return self.asked
    }

    /// Says what we could not do, and ends.
    static func ours(_ words: String) -> ExitCode {
        Output.note("wayside: " + words)
        return self.ours
    }
}
