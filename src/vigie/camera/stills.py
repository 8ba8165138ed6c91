"""Stills on the card: one JPEG and what is known of it. Runs in the card's thread."""

import hashlib

from av import VideoFrame

from vigie.camera.encoder import JpegEncoder
from vigie.camera.shelf import Kept, Shelf, write_whole
from vigie.protocol.camera import Media


def keep_still(shelf: Shelf, media: Media, frame: VideoFrame) -> Media:
    """What is known comes first, so that a picture is never nobody's. Raises `OSError`; then nothing is left of it."""
    jpeg = JpegEncoder().encode(frame)
    media = media.model_copy(update={"width": frame.width, "height": frame.height, "size_bytes": len(jpeg)})
    kept = Kept(media=media)
    shelf.put(kept)
    try:
        shelf.write(media.id)
        write_whole(shelf.path(media), jpeg)
    except OSError:
        shelf.forget(media.id)
        raise
    media = media.model_copy(update={"complete": True, "sha256": hashlib.sha256(jpeg).hexdigest()})
    shelf.change(media.id, media=media)
    shelf.write(media.id)
    return media
