//: sources Tests/MediaProbeTests/Reading Deploy/fuzz/one-input.swift
//: most 4096

// The answers, questions and packets of an RTSP server, and what a client takes from them.

typealias Subject = RTSPReading
