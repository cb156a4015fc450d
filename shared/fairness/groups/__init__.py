"""Who is compared with whom: attributes, groups, reference, suppression."""
