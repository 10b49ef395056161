"""What a carrier sends to a program, written in its place: one file each, whose adapter reads and accepts it."""
