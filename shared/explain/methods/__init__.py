"""Methods of explanation by name: one file each, all of the shape of `Method`."""
