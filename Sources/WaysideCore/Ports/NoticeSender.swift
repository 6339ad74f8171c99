/// Takes one notice to its recipient (通知发送).
public protocol NoticeSender: Sendable {
    /// Sends the notice once, within a limit of time that the sender keeps. Never throws: a receiver that does not
    /// take it is an outcome. The same notice may be sent again; its key tells the receiver that it is the same.
    func send(_ notice: Notice) async -> NoticeOutcome
}

/// How a try to send ended (发送结果).
public enum NoticeOutcome: Hashable, Sendable {
    /// The receiver has it.
    case delivered
    /// Not now: try again, not before so many milliseconds (0 or more) if the receiver said so. The words name the
    /// reason and hold no credential.
    case retry(why: String, afterMilliseconds: Int64?)
    /// Never: the receiver or our settings forbid it, and trying again changes nothing.
    case refused(why: String)
}
