import Glibc

/// A folder of one test's own; it goes with everything in it when nobody holds it any more.
final class ScratchFolder {
    let path: String
    private var names: [String] = []

    init() {
        var template = Array("/tmp/wayside-files-XXXXXX".utf8CString)
        self.path = mkdtemp(&template).map { String(cString: $0) } ?? "/nonexistent"
    }

    deinit {
        for name in self.names { unlink(self.path + "/" + name) }
        rmdir(self.path)
    }

    @discardableResult
    func write(_ name: String, _ bytes: [UInt8]) -> String {
        let path = self.path + "/" + name
        guard let file = fopen(path, "w") else { return path }
        fwrite(bytes, 1, bytes.count, file)
        fclose(file)
        self.names.append(name)
        return path
    }

    @discardableResult
    func write(_ name: String, _ text: String) -> String { self.write(name, Array(text.utf8)) }
}
