"""Stage: capture and profile in, facts with origin and evidence out."""
