"""`/sandbox/...`: what programs sent and received, for people on this machine, and for operators who are logged in."""
