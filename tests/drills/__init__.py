"""Long drills: each has its own make target and a short form among the tests."""
