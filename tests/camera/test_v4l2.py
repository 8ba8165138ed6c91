"""What a USB camera's failures mean, in words. The devices themselves: tests/hardware/test_cameras.py."""

import errno
from types import SimpleNamespace

import pytest

from vigie.camera.pictures import Format, NoPictures
from vigie.camera.sources.v4l2 import V4l2Source

FORM = Format(320, 180, 5.0)


class FailingContainer:
    """A camera whose driver ends the stream with this error."""

    def __init__(self, number):
        context = SimpleNamespace(name="mjpeg", width=320, height=180)
        self.streams = SimpleNamespace(video=[SimpleNamespace(codec_context=context, average_rate=5, thread_type="")])
        self._number = number

    def demux(self, _stream):
        raise OSError(self._number, "said by the driver")

    def close(self):
        pass


def failure(device, number):
    source = V4l2Source(str(device), FORM, opener=lambda *_arguments, **_options: FailingContainer(number))
    source.open()
    with pytest.raises(NoPictures) as caught:
        source.read()
    return str(caught.value)


@pytest.mark.parametrize("number", [errno.EINVAL, errno.EIO, errno.ENODEV])
def test_a_camera_that_was_pulled_out_has_gone_whatever_its_driver_calls_that(tmp_path, number):
    assert "the device has gone; check its cable and its power" in failure(tmp_path / "video0", number)


def test_a_camera_that_is_there_and_fails_is_not_said_to_have_gone(tmp_path):
    (tmp_path / "video0").touch()
    said = failure(tmp_path / "video0", errno.EIO)
    assert "said by the driver" in said
    assert "has gone" not in said
