"""Who can do what to what over a whole estate, by bit sets; the strict evaluator agrees with it."""
