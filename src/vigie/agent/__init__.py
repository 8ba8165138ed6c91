"""The agent of one Raspberry Pi: pins, event log, servo, siren. It knows the broker and nothing else."""
