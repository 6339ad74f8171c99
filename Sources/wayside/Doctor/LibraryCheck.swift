internal import Glibc
internal import MediaProbe

/// Which versions of the C libraries this program has really loaded.
///
/// They are asked by name through the dynamic loader: their headers belong to the wrappers alone, and what counts is
/// what is loaded, not what was there at the build.
enum LibraryCheck {
    private typealias NumberOf = @convention(c) () -> Int32
    private typealias TextOf = @convention(c) () -> UnsafePointer<CChar>?
    private typealias TextOfKind = @convention(c) (Int32) -> UnsafePointer<CChar>?

    static func findings() -> [DoctorFinding] {
        [
            self.finding(
                "libpq",
                self.libpq,
                oldest: [14],
                why: "pipelines",
                mend: "apt-get install libpq5 (14 or newer)"
            ),
            self.finding(
                "OpenSSL",
                self.openSSL,
                oldest: [3],
                why: "scrypt and TLS",
                mend: "apt-get install libssl3"
            ),
            self.finding(
                "libcurl",
                self.curl,
                oldest: [7, 71],
                why: "mail and webhooks",
                mend: "apt-get install libcurl4"
            ),
            self.finding("zlib", self.zlib, oldest: [1, 2], why: "packing", mend: "apt-get install zlib1g"),
            self.finding(
                "libxlsxwriter",
                self.function("lxw_version", as: TextOf.self)?().map { String(cString: $0) },
                oldest: [1],
                why: "XLSX reports",
                mend: "apt-get install libxlsxwriter4"
            ),
            self.finding(
                "Pango",
                self.function("pango_version_string", as: TextOf.self)?().map { String(cString: $0) },
                oldest: [1, 44],
                why: "PDF reports",
                mend: "apt-get install libpangocairo-1.0-0"
            ),
            self.finding(
                "libavformat",
                MediaProber.fileReaderVersion,
                oldest: [59],
                why: "probes of files",
                mend: "apt-get install libavformat59"
            ),
        ]
    }

    private static func finding(
        _ name: String,
        _ version: String?,
        oldest: [Int],
        why: String,
        mend: String
    ) -> DoctorFinding {
        guard let version else { return .warn("library \(name)", "not loaded: no \(why)", mend: mend) }
        let numbers = version.split(separator: ".").map { Int($0.prefix { $0.isASCII && $0.isNumber }) ?? 0 }
        guard !numbers.lexicographicallyPrecedes(oldest) else {
            let least = oldest.map(String.init).joined(separator: ".")
            return .fail("library \(name)", "\(version), older than \(least)", mend: mend)
        }
        return .ok("library \(name)", version)
    }

    private static func function<Function>(_ name: String, as type: Function.Type) -> Function? {
        dlsym(nil, name).map { unsafeBitCast($0, to: type) }
    }

    /// `150020` is 15.20, `90624` would be 9.6.24.
    private static var libpq: String? {
        self.function("PQlibVersion", as: NumberOf.self).map { ask in
            let number = ask()
            return "\(number / 10_000).\(number % 10_000)"
        }
    }

    /// `OpenSSL 3.0.17 1 Jul 2025`.
    private static var openSSL: String? {
        guard let text = self.function("OpenSSL_version", as: TextOfKind.self)?(0) else { return nil }
        return self.word(1, of: String(cString: text))
    }

    /// `libcurl/7.88.1 OpenSSL/3.0.17 …`.
    private static var curl: String? {
        guard let text = self.function("curl_version", as: TextOf.self)?() else { return nil }
        return self.word(0, of: String(cString: text)).map { String($0.drop { !$0.isNumber }) }
    }

    private static var zlib: String? {
        self.function("zlibVersion", as: TextOf.self)?().map { String(cString: $0) }
    }

    private static func word(_ index: Int, of text: String) -> String? {
        let words = text.split(separator: " ")
        return words.indices.contains(index) ? String(words[index]) : nil
    }
}
