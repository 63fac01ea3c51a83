"""The values that flow between the stages; imports nothing of the project."""
