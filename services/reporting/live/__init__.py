"""What is happening now, by faust: it may lose, it changes nothing, and the facts correct it."""
