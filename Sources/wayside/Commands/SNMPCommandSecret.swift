internal import ArgumentParser
internal import Glibc

/// A secret as a command line gives it: itself, or `-` for the first line of standard input, which no list of
/// processes shows. Prints as `<secret>`.
struct SecretArgument: ExpressibleByArgument, CustomStringConvertible, CustomReflectable {
    private let text: String

    init?(argument: String) { self.text = argument }

    var description: String { "<secret>" }
    var defaultValueDescription: String { "<secret>" }
    var customMirror: Mirror { Mirror(self, children: []) }

    /// The secret itself; asks for it, unseen, when standard input is a terminal.
    ///
    /// - Throws: The exit code of a wrong question, when standard input ends without a line.
    func revealed(_ name: String) throws(ExitCode) -> String {
        self.text == "-" ? try Self.asked(name) : self.text
    }

    /// What stands before the first colon, and the secret behind it; `nil` without a colon or a secret.
    ///
    /// - Throws: The exit code of a wrong question, when standard input ends without a line.
    func revealedPart(_ name: String) throws(ExitCode) -> (String, secret: String)? {
        guard let colon = self.text.firstIndex(of: ":") else { return nil }
        let secret = String(self.text[self.text.index(after: colon)...])
        guard !secret.isEmpty else { return nil }
        return (String(self.text[..<colon]), secret: secret == "-" ? try Self.asked(name) : secret)
    }

    private static func asked(_ name: String) throws(ExitCode) -> String {
        let isTerminal = isatty(STDIN_FILENO) == 1
        var usual = termios()
        if isTerminal {
            Output.write("\(name): ", to: STDERR_FILENO)
            tcgetattr(STDIN_FILENO, &usual)
            var silent = usual
            silent.c_lflag &= ~tcflag_t(ECHO)
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &silent)
        }
        let line = readLine()
        if isTerminal {
            tcsetattr(STDIN_FILENO, TCSAFLUSH, &usual)
            Output.note("")
        }
        guard let line else {
            throw Ending.asked(
                "the \(name) was to come from standard input, which is empty; pipe one line into it"
            )
        }
        return line
    }
}
