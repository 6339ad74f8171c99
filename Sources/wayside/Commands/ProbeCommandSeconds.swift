internal import ArgumentParser

/// A span of time on a command line, in seconds with or without decimals: 0.1 to 600.
struct Seconds: ExpressibleByArgument {
    let duration: Duration

    init?(argument: String) {
        guard let seconds = Double(argument), (0.1...600).contains(seconds) else { return nil }
        self.duration = .milliseconds(Int64(seconds * 1_000))
    }
}
