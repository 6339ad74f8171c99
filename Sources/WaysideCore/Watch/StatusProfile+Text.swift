extension StatusProfile {
    /// The profile in one line, the same for equal profiles: its identity in the ledger.
    public var canonicalText: String {
        let validities = Check.allCases.map { "\($0.rawValue)=\(self.validity(of: $0))" }
        let hops = Hop.allCases.filter(self.hops.contains).map(\.rawValue)
        return
            (["misses=\(self.missesToConfirm)", "hits=\(self.hitsToRecover)"] + validities
            + ["hops=" + hops.joined(separator: "+")]).joined(separator: ";")
    }
}
