"""Vendor knowledge as data: schema, loading, detection, and finding the data files."""
