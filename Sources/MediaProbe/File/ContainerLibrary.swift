internal import CLibAV

/// libavformat, loaded when the first file is read and kept until the program ends.
struct ContainerLibrary: @unchecked Sendable {
    // Unchecked because C's functions have no opinion on threads; these are its addresses, which never change.
    let doors: libav_doors

    /// Of one allocation, in bytes: an index of two days at 25 pictures a second fits, a lie about its size does not.
    private static let allocationByteCount = 128 << 20

    /// Nil when it is not installed in the release that this program was built for.
    static let loaded: ContainerLibrary? = {
        var doors = libav_doors()
        guard libav_load(&doors) != 0 else { return nil }
        // What it has to say goes to standard error, which belongs to the program; the codes say enough.
        doors.set_log_level(AV_LOG_QUIET)
        doors.limit_allocation(Self.allocationByteCount)
        return ContainerLibrary(doors: doors)
    }()

    /// What to do when it is not there.
    static var mend: String { "apt-get install libavformat\(LIBAVFORMAT_VERSION_MAJOR)" }

    /// Such as `59.27.100`.
    var version: String {
        let number = self.doors.version()
        return "\(number >> 16).\(number >> 8 & 0xff).\(number & 0xff)"
    }

    /// What a code of its functions means, in its own words.
    func words(of code: Int32) -> String {
        var text = [CChar](repeating: 0, count: 128)
        guard self.doors.describe_error(code, &text, text.count) == 0 else { return "error \(code)" }
        return text.withUnsafeBufferPointer { $0.baseAddress.map { String(cString: $0) } ?? "" }
    }
}
