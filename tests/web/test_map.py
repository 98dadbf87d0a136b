"""The map frames what is found, in its own shape, anywhere on earth."""

from __future__ import annotations

import pytest

from app.registry.search import WORLD, Box, Cluster, Tally, to_map
from app.web.failure import Failure
from app.web.map import HEIGHT, WIDTH, cell_of, drawn, framed, read_box

PLACES = ["-180,-90,180,90", "11.3,50.9,11.4,51.0", "179.99,-0.01,180,0.01", "-70,-85,-69,-84", "0,0,0.000001,0.000001"]


@pytest.mark.parametrize("text", PLACES)
def test_a_frame_has_the_picture_s_shape_and_stays_in_the_world(text: str) -> None:
    box = read_box(text)
    assert box is not None
    frame = framed(box)
    assert (frame.bottom - frame.top) / (frame.right - frame.left) == pytest.approx(HEIGHT / WIDTH, rel=0.01)
    assert min(frame.left, frame.top) >= 0
    assert max(frame.right, frame.bottom) <= WORLD
    assert (WIDTH / (frame.right - frame.left)) * cell_of(frame) >= WIDTH / 15


@pytest.mark.parametrize("text", PLACES)
def test_every_move_leads_to_a_box_that_can_be_read(text: str) -> None:
    box = read_box(text)
    assert box is not None
    found = drawn(framed(box), [])
    assert found.moves.keys() <= {"Zoom in", "Zoom out", "West", "North", "South", "East"}
    for bbox in (found.bbox, *found.moves.values()):
        assert read_box(bbox) is not None
    assert 0 < found.scale.length <= WIDTH / 4 + 1
    assert len(found.meridians) <= 13


def test_a_cluster_zooms_to_where_its_locations_stand() -> None:
    frame = framed(Box(*to_map(5.8, 55.1), *to_map(15.1, 47.2)))
    there = Box(*to_map(11.3, 51.0), *to_map(11.4, 50.9))
    (mark,) = drawn(frame, [Cluster(there.left, there.top, 12, there, 3, "Weimar", Tally(24, 6, 12, 2))]).marks
    assert 0 < mark.x < WIDTH
    assert 0 < mark.y < HEIGHT
    closer = read_box(mark.bbox)
    assert closer is not None
    assert closer.left < there.left < there.right < closer.right
    assert closer.right - closer.left < (frame.right - frame.left) / 10


@pytest.mark.parametrize(
    "text", ["x", "1,2,3", "1,2,3,4,5", "0,2,1,1", "nan,0,1,1", "-181,0,0,1", "0,0,inf,1", "190,0,170,1"]
)
def test_what_is_no_box_is_said_with_how_to_write_it(text: str) -> None:
    with pytest.raises(Failure, match="west,south,east,north") as raised:
        read_box(text)
    assert raised.value.code == 400


@pytest.mark.parametrize("text", ["10,0,5,1", "170,10,-170,20", "0,0,0,1"])
def test_a_box_over_the_date_line_is_asked_for_in_two(text: str) -> None:
    with pytest.raises(Failure, match="each side of the date line") as raised:
        read_box(text)
    assert raised.value.code == 400
