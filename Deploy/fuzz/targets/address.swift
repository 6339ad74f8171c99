//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 1024

// An address out of an inventory, and words of the server behind it.
// Fed to it as it now is: 1.7 million inputs without a finding; the slowest takes 662 µs, the fuzzer 55 MiB.

typealias Subject = AddressReading
