//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// Traps and informs of v1, v2c and v3, as they come and signed and hidden by whoever knows the keys.
// Fed to it as it now is: 10.0 million inputs without a finding; the slowest takes 640 µs, the fuzzer 53 MiB.

typealias Subject = TrapReading
