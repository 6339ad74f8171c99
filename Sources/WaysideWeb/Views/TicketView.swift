internal import WaysideCore

/// A ticket as the page shows it, with whoever must act next (责任方).
struct TicketView {
    /// Whose turn it is.
    enum Actor: String, CaseIterable {
        /// Whoever hands tickets out: the organization that owns the root.
        case dispatcher
        /// The maintainer who has it.
        case maintainer
        /// Whoever confirms the repair: the organization that owns the root.
        case verifier
        /// Nobody: it is over.
        case nobody
    }

    let ticket: FaultTicket
    let inventory: Inventory
    let day: ServiceDay

    init(_ ticket: FaultTicket, inventory: Inventory, at instant: Timestamp) {
        (self.ticket, self.inventory, self.day) = (ticket, inventory, ServiceDay(containing: instant))
    }

    var root: Device? { self.inventory.device(self.ticket.root) }

    var actor: Actor {
        switch self.ticket.stage {
        case .opened: .dispatcher
        case .dispatched, .accepted, .suspended: .maintainer
        case .repaired, .recovered: .verifier
        case .closed, .merged: .nobody
        }
    }

    /// Who must act, by name; `nil` when nobody is named.
    var mustAct: Recipient? {
        switch self.actor {
        case .maintainer: self.ticket.maintainer
        case .dispatcher, .verifier: self.owner
        case .nobody: nil
        }
    }

    /// The organization that owns the root.
    private var owner: Recipient? {
        guard let key = self.root?.assignment(on: self.day).organization else { return nil }
        return Recipient(key: key, name: self.inventory.organization(key: key)?.name ?? key)
    }

    /// How many devices hang on it now.
    var affectedNow: Int { self.ticket.affected.count { $0.until == nil } }
}
