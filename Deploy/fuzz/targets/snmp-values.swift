//: sources Tests/SNMPTests/Untrusted Tests/SNMPTests/BERWriter+Value.swift Deploy/fuzz/one-input.swift
//: most 4096

// The bindings of an answer, read in the datagram and put into the order of the question.
// Fed to it as it now is: 10.0 million inputs without a finding; the slowest takes 537 µs, the fuzzer 50 MiB.

typealias Subject = ValueListReading
