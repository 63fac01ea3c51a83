"""From findings to snippets."""
