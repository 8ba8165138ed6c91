"""What an owner asks of a house: its history, its proof, its configuration, its health. Reads, and changes nothing."""
