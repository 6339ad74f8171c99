internal import WaysideCore

extension Inspection {
    /// The same observations in any other order end in the same sheets: through the slow way all of them, through a
    /// book of its own those of some tracks.
    mutating func expectOrderNotToMatter(_ day: ServiceDay, _ sheets: [RateSheet]) throws(Disagreement) {
        var fold = ObservationFold()
        for void in self.random.shuffled(self.keeper.sightings.voidsThatMatter) { fold.receive(void) }
        let tracks = self.random.shuffled(Array(self.keeper.sightings.keys.indices))
        for track in tracks {
            let key = self.keeper.sightings.keys[track]
            for sighting in self.random.shuffled(self.keeper.sightings[track]) {
                fold.receive(
                    key,
                    at: sighting.at,
                    receivedAt: sighting.receivedAt,
                    outcome: sighting.outcome,
                    collector: self.keeper.sightings.collector(of: sighting)
                )
            }
        }
        for sheet in sheets {
            let replay = Replay(
                rule: sheet.rule,
                inventory: self.province.inventory,
                exemptions: self.province.exemptions,
                fold: fold
            )
            guard (try? replay.sheet(of: day)) == sheet else {  // The end of time is after every day.
                throw Disagreement(
                    "on \(day) another order of arrival gives another sheet (\(sheet.rule.id))"
                )
            }
        }
        try self.expectBookNotToCare(of: Array(tracks.prefix(8)))
    }

    /// Some tracks' observations, in any order and in any batches, through a book that folds again whatever is late.
    private mutating func expectBookNotToCare(of tracks: [Int]) throws(Disagreement) {
        let sightings = self.keeper.sightings
        var entries = tracks.flatMap { track in
            sightings[track].map {
                JournalEntry.observation(sightings.observation($0, of: sightings.keys[track]))
            }
        }
        entries += sightings.voidsThatMatter.map { .void($0) }
        entries = self.random.shuffled(entries)
        let profiles = self.settings.profiles
        let empty = WatchBook(profiles: profiles, policy: self.settings.policy)
        var (book, ledger) = (empty, SimulatedLedger(profiles: profiles, flaw: nil))
        var (batches, shelf): ([JournalBatch], [WatchBook]) = ([], [])
        while !entries.isEmpty {
            let size = min(entries.count, 1 + self.random.place(in: 4_000))
            let batch = JournalBatch(
                position: JournalPosition(index: UInt64(batches.count)),
                writtenAt: self.keeper.book.writtenAt + Int64(batches.count),
                entries: Array(entries.prefix(size))
            )
            entries.removeFirst(size)
            batches.append(batch)
            var conclusion = book.receive(batch)
            var late = conclusion.late
            for base in shelf.reversed() + [empty] where !late.isEmpty {
                var refold = Refold(from: base, late: late, voids: book.voids)
                for batch in batches where base.position.map({ batch.position > $0 }) ?? true {
                    refold.receive(batch)
                }
                late = book.adopt(refold, into: &conclusion.page)
            }
            try ledger.write(conclusion.page)
            if self.random.percent(50) { shelf.append(book) }
        }
        let fold = sightings.fold(of: tracks)
        for profile in profiles {
            let expected = fold.tracks(under: profile)
            for key in tracks.map({ sightings.keys[$0] }) where profile.counts(key.check, at: key.hop) {
                let found = ledger.changes(profile, key)
                let wanted =
                    expected[key.device]?.first { $0.check == key.check && $0.hop == key.hop }?.changes ?? []
                guard found != wanted.filter({ $0.at < book.writtenAt }) else { continue }
                throw Disagreement(
                    device: key.device,
                    "in another order of arrival a book tells \(found.count) changes of \(key.check), and all that was "
                        + "seen tells \(wanted.count)"
                )
            }
        }
    }
}
