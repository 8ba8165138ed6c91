"""The camera process: pictures, clips, stills and live view of one Pi. The agent starts it and may kill it at any moment."""
