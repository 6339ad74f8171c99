//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// The bindings of an answer, read in the datagram and put into the order of the question.

typealias Subject = ValueListReading
