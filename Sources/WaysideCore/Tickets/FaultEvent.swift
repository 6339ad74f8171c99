/// What the root-cause machine found out (故障判定); the ticket desk makes tickets of it, in the order given.
public enum FaultEvent: Hashable, Sendable {
    /// A fault with its root at the device: nothing upstream explains it.
    case confirmed(DeviceID, facets: [FailedFacet], at: Timestamp)
    /// Another facet of a device with a live fault fails too.
    case facetJoined(DeviceID, FailedFacet, at: Timestamp)
    /// All failed facets were well, and one fails again, or another does, before that was proved.
    case relapsed(DeviceID, FailedFacet, at: Timestamp)
    /// Enough good probes in a row on each failed facet; the fault is over.
    case proved(DeviceID, FaultTicket.Recovery, at: Timestamp)
    /// A live fault turned out to be explained by a root upstream that was confirmed later.
    case merged(DeviceID, into: DeviceID, at: Timestamp)
    /// A facet of the device fails because everything it hangs on does (抑制).
    case suppressed(DeviceID, FailedFacet, root: DeviceID, at: Timestamp)
    /// The device hangs on that root no more.
    case released(DeviceID, root: DeviceID, Release, at: Timestamp)
    /// The device left service, or nothing is asked of it any more: its fault can neither last nor be proved.
    case withdrawn(DeviceID, at: Timestamp)

    /// Why a suppressed device was let go.
    public enum Release: Hashable, Sendable {
        /// A fresh probe found it well; what the watch counted when it had had a ticket of its own before.
        case well(FaultTicket.Recovery?)
        /// It still fails after its root recovered: `confirmed` follows.
        case ownFault
        /// Another root explains it now: `suppressed` follows.
        case otherRoot
        /// It left service.
        case withdrawn
    }

    /// The devices whose tickets it may touch: the ledger loads those before the ticket desk receives it.
    public var roots: [DeviceID] {
        switch self {
        case .confirmed(let device, _, _), .facetJoined(let device, _, _), .relapsed(let device, _, _),
            .proved(let device, _, _), .withdrawn(let device, _):
            [device]
        case .merged(let device, let root, _), .released(let device, let root, .well(.some), _):
            [device, root]
        case .suppressed(_, _, let root, _), .released(_, let root, _, _): [root]
        }
    }
}
