"""What `vigie deploy` runs on the machine itself, as root. Standard library only: it runs out of a zip file, alone."""
