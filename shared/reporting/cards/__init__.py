"""Cards of the section "At a glance" that the worst part decides."""
