internal import Glibc

/// A file under a name that nobody else has, removed at the end.
struct TemporaryFile: ~Copyable {
    let path: String

    init(in folder: String) throws(DocumentError) {
        var template = "\(folder)/document-XXXXXX".utf8CString
        let descriptor = template.withUnsafeMutableBufferPointer { buffer in
            buffer.baseAddress.map { mkstemp($0) } ?? -1
        }
        guard descriptor >= 0 else { throw PartialFile.error("\(folder)/document", errno) }
        close(descriptor)
        self.path = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }

    deinit { unlink(self.path) }

    func contents() throws(DocumentError) -> [UInt8] {
        let descriptor = open(self.path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw PartialFile.error(self.path, errno) }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0 else { throw PartialFile.error(self.path, errno) }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(Int(status.st_size))
        var chunk = [UInt8](repeating: 0, count: 64 * 1_024)
        while true {
            let count = read(descriptor, &chunk, chunk.count)
            if count == 0 { return bytes }
            if count > 0 {
                bytes += chunk.prefix(count)
            } else if errno != EINTR {
                throw PartialFile.error(self.path, errno)
            }
        }
    }
}
