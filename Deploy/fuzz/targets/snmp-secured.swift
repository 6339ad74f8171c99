//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// An SNMP message of v3, as it comes and signed and hidden by whoever knows the keys.

typealias Subject = SecuredReading
