"""Simulated devices that speak real SSH on loopback, for the demo and the tests."""
