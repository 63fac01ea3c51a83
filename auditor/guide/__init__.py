"""What the troubleshooting guide asks beyond the router: the PBX log."""
