internal import Glibc

/// Keeps SIGPIPE from this thread while C code writes to sockets that the other side may have closed.
///
/// With CURLOPT_NOSIGNAL curl leaves the signal alone, and the signal's default is the end of the process.
/// Blocking it here touches neither other threads nor the process's own handler.
enum PipeSignal {
    static func withheld<Answer>(_ body: () -> Answer) -> Answer {
        var pipe = sigset_t()
        sigemptyset(&pipe)
        sigaddset(&pipe, SIGPIPE)
        var before = sigset_t()
        guard pthread_sigmask(SIG_BLOCK, &pipe, &before) == 0 else { return body() }
        let answer = body()
        // Where it was blocked already, a pending one is for whoever blocked it.
        if sigismember(&before, SIGPIPE) == 0 {
            var atOnce = timespec()
            while sigtimedwait(&pipe, nil, &atOnce) == -1, errno == EINTR {}
            pthread_sigmask(SIG_SETMASK, &before, nil)
        }
        return answer
    }
}
