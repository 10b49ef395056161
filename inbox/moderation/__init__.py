"""What visitors report and operators decide."""
