"""Plumbing of exactly one chapter each. What a second chapter wants moves to a room of its own."""
