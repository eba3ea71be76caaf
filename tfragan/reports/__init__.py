"""Reports of runs: tables that compare them, and pages about them."""
