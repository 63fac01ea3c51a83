"""Rules: judgement over facts, and the STARFACE requirements that they judge by."""
