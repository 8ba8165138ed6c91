"""`vigie backup` and `vigie restore`: all that cannot be made anew in one file, taken while everything runs."""
