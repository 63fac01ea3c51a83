"""Audits routers and firewalls for STARFACE telephony."""

__version__ = "0.1.0"
