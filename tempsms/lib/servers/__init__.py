"""uvicorn and daphne with bounds of ours, and ends that cut nobody off."""
