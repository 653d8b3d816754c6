"""How probable it is that an operator calls an episode a true positive: learned from verdicts, told as numbers."""
