"""Where a transformer looks: no attribution, and tested as if it were one."""
