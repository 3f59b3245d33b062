"""Who may do what: a strict evaluator, a bulk engine that agrees with it, and escalation."""
