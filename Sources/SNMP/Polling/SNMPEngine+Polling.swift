extension SNMPEngine {
    /// Asks these subjects again and again (or once, without an interval); the sink that the engine was made with takes
    /// every reply. A subject replaces the one of the same token.
    public func watch(_ subjects: [PollSubject]) {
        self.inbox.change(subjects.map { .add($0) })
    }

    /// Asks the subjects of these tokens no more. A reply that is being taken may still come.
    public func unwatch(_ tokens: [UInt32]) {
        self.inbox.change(tokens.map { .remove($0) })
    }

    /// Makes the next rounds of these subjects due now; one that is under way is enough.
    public func hasten(_ tokens: [UInt32]) {
        self.inbox.change(tokens.map { .hasten($0) })
    }
}
