"""Stage: target in, capture out. The only room that connects; nothing leaves it with a secret in it."""
