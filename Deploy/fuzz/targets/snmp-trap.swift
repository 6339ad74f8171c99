//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// Traps and informs of v1, v2c and v3, as they come and signed and hidden by whoever knows the keys.

typealias Subject = TrapReading
