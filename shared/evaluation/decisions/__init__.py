"""Tables of decisions: classes, calibration, abstention, costs."""
