import Foundation
import Glibc

/// A folder that goes with the value that owns it.
final class TemporaryFolder {
    let url: URL

    init() throws {
        self.url = FileManager.default.temporaryDirectory.appending(path: "wayside-\(UUID().uuidString)")
        try FileManager.default.createDirectory(at: self.url, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(at: self.url) }

    func path(_ name: String) -> String { self.url.appending(path: name).path }

    func write(_ text: String, to name: String) throws {
        try Data(text.utf8).write(to: self.url.appending(path: name))
    }
}

/// A port that was free a moment ago.
func freePort() throws -> UInt16 { try ScriptedServer { _ in }.port }

/// A certificate of its own making for 127.0.0.1, and its key.
func makeCertificate(in folder: TemporaryFolder) throws -> (certificate: String, key: String) {
    let (certificate, key) = (folder.path("certificate.pem"), folder.path("key.pem"))
    try Clips.run(
        [
            "/usr/bin/openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", key, "-out",
            certificate,
            "-days", "2", "-subj", "/CN=platform", "-addext", "subjectAltName=IP:127.0.0.1",
        ]
    )
    return (certificate, key)
}

/// nginx with its RTMP module in a process of its own: recordings paced and plain, behind a password, sent on, over TLS,
/// as RTMP recordings, as live RTMP, and what is live as HLS.
final class RealWeb {
    let process: ChildProcess
    let folder: TemporaryFolder
    let port: UInt16
    let protectedPort: UInt16
    let rtmpPort: UInt16
    let certificate: String

    struct WebError: Error {}

    init() throws {
        self.folder = try TemporaryFolder()
        let folder = self.folder
        (self.port, self.protectedPort, self.rtmpPort) = (try freePort(), try freePort(), try freePort())
        let key: String
        (self.certificate, key) = try makeCertificate(in: folder)
        let clips = try Clips.folder.get().path
        try folder.write("operator:{PLAIN}p@ss w0rd/?\n", to: "users")
        try FileManager.default.createDirectory(atPath: folder.path("hls"), withIntermediateDirectories: true)
        try FileManager.default.createDirectory(atPath: folder.path("vod"), withIntermediateDirectories: true)
        let temporary = ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"]
            .map { "\($0)_temp_path \(folder.path($0));" }.joined(separator: " ")
        try folder.write(
            """
            load_module /usr/lib/nginx/modules/ngx_rtmp_module.so;
            daemon off; master_process off; pid \(folder.path("pid")); error_log /dev/stdout info;
            events { worker_connections 256; }
            http {
              access_log off; error_log stderr crit; \(temporary)
              server {
                listen 127.0.0.1:\(self.port);
                listen 127.0.0.1:\(self.protectedPort) ssl;
                ssl_certificate \(self.certificate); ssl_certificate_key \(key);
                location /paced/ { alias \(clips)/; limit_rate_after 30k; limit_rate 60k; }
                location /made/ { alias \(folder.path("vod"))/; limit_rate_after 30k; limit_rate 60k; }
                location /plain/ { alias \(clips)/; }
                location /locked/ { alias \(clips)/; auth_basic "cameras"; auth_basic_user_file \(folder.path("users")); }
                location /moved/ { rewrite ^/moved/(.*)$ /plain/$1 redirect; }
                location /hls/ { alias \(folder.path("hls"))/; }
                location /full/ { return 503; }
                location /closed/ { return 403; }
              }
            }
            rtmp {
              server {
                listen 127.0.0.1:\(self.rtmpPort);
                application live { live on; idle_streams off; hls on; hls_path \(folder.path("hls")); hls_fragment 1s;
                                   hls_playlist_length 4s; }
                application quiet { live on; }
                application vod { play \(clips) \(folder.path("vod")); }
              }
            }
            """,
            to: "nginx.conf"
        )
        self.process = try ChildProcess([
            "/usr/sbin/nginx", "-p", folder.url.path, "-c", folder.path("nginx.conf"),
        ])
        // It says on what system it runs once it listens.
        guard self.process.wait(containing: "OS:") != nil else { throw WebError() }
    }

    func rtmp(_ path: String) -> String { "rtmp://127.0.0.1:\(self.rtmpPort)\(path)" }

    /// A camera that is pushed to the application `live` under that name, as soon as it is.
    func publish(_ name: String) throws -> ChildProcess {
        let publisher = try ChildProcess([
            "/usr/bin/ffmpeg", "-nostdin", "-v", "error", "-re", "-stream_loop", "-1", "-i",
            try Clips.file("h264.flv").path, "-c", "copy", "-f", "flv", self.rtmp("/live/\(name)"),
        ])
        guard self.process.wait(containing: "publish: name='\(name)'") != nil else { throw WebError() }
        return publisher
    }

    func address(_ path: String, user: String? = nil) -> String {
        "http://\(user.map { $0 + "@" } ?? "")127.0.0.1:\(self.port)\(path)"
    }
}

/// A program that serves and does not say when it is ready: it is asked until its port is open.
func waitUntilOpen(_ port: UInt16) -> Bool {
    let patience = ContinuousClock.now + .seconds(20)
    while ContinuousClock.now < patience {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        defer { close(descriptor) }
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
        address.sin_port = port.bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        if status == 0 { return true }
        sched_yield()
    }
    return false
}

/// VLC without a face; it refuses to run as root.
func startVLC(_ arguments: [String]) throws -> ChildProcess {
    let guise =
        geteuid() == 0 ? ["/usr/bin/setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"] : []
    return try ChildProcess(
        guise + [
            "/usr/bin/env", "HOME=/nonexistent", "/usr/bin/cvlc", "-I", "dummy", "--no-audio", "--repeat",
        ]
            + arguments
    )
}
