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
        guard self.text == "-" else { return self.text }
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
