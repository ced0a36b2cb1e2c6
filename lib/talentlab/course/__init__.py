"""What a lesson shares with the course: its claims and its exercises."""
