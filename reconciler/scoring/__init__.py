"""Who says the score of an answer where no formula does: a program of the user's, or a base model that judges."""
