"""What in the facts can't be, is missing or unknown: one SQL query a check, each row an event that shows it."""
