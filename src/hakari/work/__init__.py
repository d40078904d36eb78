"""Orders, tasks, assignment, intake, judging, appeals."""
