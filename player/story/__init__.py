"""What happens in a year of hiring, and to whom; pure, from a seed."""
