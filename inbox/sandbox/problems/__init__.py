"""Why a captured carrier sends nothing, and why what it sent does not arrive: its own codes and texts."""
