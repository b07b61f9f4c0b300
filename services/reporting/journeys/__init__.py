"""One person's way from the first touch to the first day, folded from the facts about them."""
