"""Laws of the reply length, given its mean (L_r^k in Eq. 3 and 5)."""
