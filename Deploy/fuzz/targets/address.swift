//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// An address out of an inventory, and words of the server behind it.
// Fed to it as it now is: 11.1 million inputs without a finding, 1.0 of them since no more than sixteen @ are looked at;
// the slowest takes 780 µs, the fuzzer 59 MiB.

typealias Subject = AddressReading
