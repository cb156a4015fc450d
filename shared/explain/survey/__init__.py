"""Many brief explanations together: what matters in general, and for each group."""
