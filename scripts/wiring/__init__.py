"""Draws the wiring pictures of the guide: `python -m scripts.wiring` writes docs/guide/pictures.

The pins come from the agent's own default wiring and from gpiozero's plan of the header, so that no picture can show
another pin than the program uses. Each picture exists in English and in French, from one source.
"""
