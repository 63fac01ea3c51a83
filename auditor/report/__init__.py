"""Audits in words: one module per output form."""
