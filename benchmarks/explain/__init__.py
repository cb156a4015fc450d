"""What explanations cost beside those of the `shap` library."""
