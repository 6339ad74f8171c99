//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// An SNMP community message (v1, v2c) as it comes from anybody on the network.

typealias Subject = ResponseReading
