/// What the inventory does not say of a device (布线): where its power comes from, over which fibres it is reached, who
/// asks it, and what ails it. By places of the inventory.
struct Wiring: Sendable {
    /// One device.
    struct Place: Sendable {
        /// The power domain; all of a domain go dark together.
        var powerDomain: Int
        /// Whether a UPS carries it over short outages of its power.
        var isBacked = false
        /// The fibre to each of its upstreams, in their order; none where the path is a patch lead.
        var fibres: [Int] = []
        /// Which collector asks it: 0 is the centre.
        var collector = 0
        /// Whether it comes and goes about 120 times a day.
        var isFlapping = false
        /// Whether somebody changes its password now and then.
        var hasChangingPassword = false
        /// Whether its picture arrives with losses now and then.
        var isLossy = false
    }

    /// By place in the inventory.
    var places: [Place] = []
    /// How many power domains there are.
    var domainCount = 0
    /// How many fibres there are.
    var fibreCount = 0
    /// The collectors' names, by number.
    var collectors: [String] = []
}
