/// When each track is due while all is well, spread evenly so that no second is busier than the next (轮巡计划).
public enum PollPlan {
    /// The track's place in an interval of that many milliseconds (at least 1), `0..<interval`.
    ///
    /// It keeps it for life: the same in every process, after every restart. So restarts do not bunch, and adding a
    /// device moves no other.
    public static func place(of track: TrackKey, inEvery intervalMilliseconds: Int64) -> Int64 {
        let salt = UInt64(track.check.order) << 60 | UInt64(track.hop.order) << 56
        // SplitMix64's last step: neighbouring numbers must not be neighbours in time, or one switch's cameras would
        // all be asked in one second.
        var mixed = (UInt64(bitPattern: track.device.number) ^ salt) &+ 0x9E37_79B9_7F4A_7C15
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        mixed ^= mixed >> 31
        return Int64(mixed % UInt64(intervalMilliseconds))
    }

    /// The first instant at or after `now` at which the track is due.
    public static func nextDue(
        _ track: TrackKey,
        every intervalMilliseconds: Int64,
        atOrAfter now: Timestamp
    ) -> Timestamp {
        let place = Self.place(of: track, inEvery: intervalMilliseconds)
        let (_, wait) = (place - now.milliseconds).flooredDivision(by: intervalMilliseconds)
        return now + wait
    }
}
