"""Feeds a V4L2 loop with MJPEG pictures, five a second, until it is killed: `python feed_camera.py DEVICE`."""

import sys
import time
from fractions import Fraction

import av

WIDTH, HEIGHT, FPS = 320, 180, 5


def picture(number: int) -> av.VideoFrame:
    """A grey gradient with a bar that goes round: no two pictures in a row are the same."""
    frame = av.VideoFrame(WIDTH, HEIGHT, "yuvj420p")
    luma, *colours = frame.planes
    row = bytearray(column * 255 // WIDTH for column in range(luma.line_size))
    at = number * 8 % WIDTH
    row[at : at + 16] = b"\xff" * 16
    luma.update(bytes(row[: luma.line_size]) * HEIGHT)
    for plane in colours:
        plane.update(b"\x80" * plane.buffer_size)
    frame.pts = number
    return frame


def main(device: str) -> None:
    with av.open(device, "w", format="v4l2") as loop:
        stream = loop.add_stream("mjpeg", rate=FPS)
        stream.width, stream.height, stream.pix_fmt, stream.time_base = WIDTH, HEIGHT, "yuvj420p", Fraction(1, FPS)
        number, due = 0, time.monotonic()
        while True:
            for packet in stream.encode(picture(number)):
                loop.mux(packet)
            if number == 0:
                print("sending", flush=True)
            number, due = number + 1, due + 1 / FPS
            time.sleep(max(0.0, due - time.monotonic()))


if __name__ == "__main__":
    main(sys.argv[1])
