internal import Glibc

/// Where cairo's bytes go as they come: into memory, or into a file. Remembers the first fault and then takes no more.
final class ByteSink {
    private(set) var bytes: [UInt8] = []
    /// The system's number for what went wrong.
    private(set) var fault: Int32?
    private let descriptor: Int32?

    /// Into memory.
    init() { self.descriptor = nil }

    /// Into a file that is there.
    init(path: String) throws(DocumentError) {
        let descriptor = open(path, O_WRONLY | O_TRUNC | O_CLOEXEC)
        guard descriptor >= 0 else { throw PartialFile.error(path, errno) }
        self.descriptor = descriptor
    }

    deinit {
        if let descriptor = self.descriptor { close(descriptor) }
    }

    /// Whether all was taken.
    func take(_ input: UnsafeRawBufferPointer) -> Bool {
        guard self.fault == nil else { return false }
        guard let descriptor = self.descriptor else {
            self.bytes += input
            return true
        }
        var rest = input[...]
        while !rest.isEmpty {
            let count = write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno != EINTR {
                self.fault = errno
                return false
            }
        }
        return true
    }
}
